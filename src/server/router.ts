// Finds the route of a request and turns its result into a reply: versions, parameters, errors.
import { posix } from "node:path";
import { BerthError, type ErrorBody, messageOf } from "../api/errors.ts";
import type { Log } from "../api/log.ts";
import { StartError } from "../engine/index.ts";
import { refuseCrossOrigin } from "./cross-origin.ts";
import type { Exchange, Reply, Route } from "./exchange.ts";
import type { HttpRequest } from "./http/connection.ts";
import { ProtocolError } from "./http/protocol-error.ts";
import { readJson } from "./json-body.ts";
import { negotiate } from "./versions.ts";

/** The minor version of the API. */
const JSON_ERRORS_SINCE = 23;

interface CompiledRoute {
  route: Route;
  expression: RegExp;
  names: string[];
}

interface Match {
  route: Route;
  params: Record<string, string>;
}

export class Router {
  private readonly fixed = new Map<string, Route>();
  private readonly patterns = new Map<string, CompiledRoute[]>();
  private readonly log: Log;

  constructor(routes: Route[], log: Log) {
    this.log = log;
    for (const route of routes) this.add(route);
  }

  /** Answers one request; never rejects. */
  async respond(request: HttpRequest): Promise<Reply> {
    const { method, target } = request.head;
    const started = performance.now();
    const reply = await this.attempt(request);
    this.log.debug("request", {
      method,
      target,
      status: reply.type === "hijack" ? 101 : reply.status,
      milliseconds: Math.round((performance.now() - started) * 10) / 10,
      ...request.peer,
    });
    return reply;
  }

  private add(route: Route): void {
    const { method, pattern } = route;
    if (!pattern.includes("{")) {
      this.fixed.set(`${method} ${pattern}`, route);
      return;
    }
    const compiled = compile(route);
    this.patterns.set(method, [...(this.patterns.get(method) ?? []), compiled]);
  }

  private async attempt(request: HttpRequest): Promise<Reply> {
    try {
      const moved = redirectOf(request.head.target);
      if (moved !== undefined) return { type: "empty", status: 301, headers: { Location: moved } };
      if (request.head.method === "OPTIONS") return { type: "empty", status: 200 };
      const exchange = this.prepare(request);
      return await exchange.handler(exchange.exchange);
    } catch (thrown) {
      return this.errorReply(request, thrown);
    }
  }

  private prepare(request: HttpRequest): { handler: Route["handler"]; exchange: Exchange } {
    const { head, body, signal, inTime, overTcp, received } = request;
    refuseCrossOrigin({ method: head.method, headers: head.headers, overTcp });
    const { path: fullPath, query } = splitTarget(head.target);
    const { version, path } = splitVersion(fullPath);
    const found = this.find(head.method, path);
    if (!found) throw new BerthError("notFound", "page not found");
    return {
      handler: found.route.handler,
      exchange: {
        method: head.method,
        path,
        version: negotiate(version),
        params: decodeParams(found.params),
        query: parseQuery(query),
        received,
        headers: head.headers,
        body,
        json: (schema) => inTime(() => readJson(schema, body, head.headers.get("content-type"))),
        signal,
      },
    };
  }

  private find(method: string, path: string): Match | undefined {
    const fixed = this.fixed.get(`${method} ${path}`);
    if (fixed) return { route: fixed, params: {} };
    for (const { route, expression, names } of this.patterns.get(method) ?? []) {
      const groups = expression.exec(path);
      if (groups) return { route, params: Object.fromEntries(names.map((name, at) => [name, groups[at + 1] ?? ""])) };
    }
    return undefined;
  }

  private errorReply({ head, signal, peer }: HttpRequest, thrown: unknown): Reply {
    if (thrown instanceof BerthError && thrown.kind === "notModified") return { type: "empty", status: 304 };
    const known = thrown instanceof BerthError || thrown instanceof ProtocolError;
    const status = known ? thrown.status : 500;
    const { method, target } = head;
    if (status === 403) this.log.warn("request forbidden", { method, target, ...peer });
    if (status === 500 && !signal.aborted) {
      this.log.error("request failed", { method, target, error: thrown, ...peer });
    }
    const message = messageOf(thrown);
    if (!readsJsonErrors(head.target)) {
      return { type: "text", status, body: `${message}\n`, contentType: "text/plain; charset=utf-8" };
    }
    const body: ErrorBody = {
      message,
      ...(thrown instanceof StartError ? { exitCode: thrown.exitCode } : {}),
    };
    return { type: "json", status, body };
  }
}

/** Whether the client's version of the API has errors as JSON; plain text was before. */
function readsJsonErrors(target: string): boolean {
  const [, minor] = /^\/v1\.(\d+)\//.exec(target) ?? [];
  return minor === undefined || Number(minor) >= JSON_ERRORS_SINCE;
}

function compile(route: Route): CompiledRoute {
  const names: string[] = [];
  const source = route.pattern.replaceAll(/\{(\w+)(:\*)?\}|[.+()]/g, (text, name?: string, spanning?: string) => {
    if (name === undefined) return `\\${text}`;
    names.push(name);
    return spanning ? "(.+)" : "([^/]+)";
  });
  return { route, expression: new RegExp(`^${source}$`), names };
}

function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf("?");
  return mark < 0 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** The location of a path with "//", "." or "..", which Docker's router cleans; undefined for a clean one. */
function redirectOf(target: string): string | undefined {
  const { path, query } = splitTarget(target);
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  const clean = posix.resolve("/", decoded) + (/[^/]\/+$/.test(decoded) ? "/" : "");
  if (clean === decoded) return undefined;
  return encodeURI(clean) + (query === "" ? "" : `?${query}`);
}

function splitVersion(path: string): { version: string | undefined; path: string } {
  const prefixed = /^\/v([0-9.]+)(\/.*)$/.exec(path);
  return prefixed?.[2] ? { version: prefixed[1], path: prefixed[2] } : { version: undefined, path };
}

function decodeParams(params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decode(value)]));
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes("\0")) return decoded;
  } catch {
    // Reported below.
  }
  throw new BerthError("invalidParameter", `invalid URL escape in "${text}"`);
}

function parseQuery(query: string): URLSearchParams {
  const broken = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(query);
  if (broken) throw new BerthError("invalidParameter", `invalid URL escape "${broken[0]}"`);
  return new URLSearchParams(query);
}
