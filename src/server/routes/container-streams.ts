// Streams of containers and execs other than attach: logs, exec, resize.
import { BerthError } from "../../api/errors.ts";
import { createExecSchema, startExecSchema } from "../../api/exec.ts";
import { parseTimestamp, parseUnixTime } from "../../api/time.ts";
import { dockerExec, execRequestOf } from "../../docker/execs.ts";
import type { Engine } from "../../engine/index.ts";
import { type Exchange, empty, json, queryFlag, type Reply, type Route } from "../exchange.ts";
import { adaptedExec } from "./container-versions.ts";
import { streamContentType } from "./stream-types.ts";

/** A time in the query: seconds since 1970, or RFC 3339. @throws BerthError invalidParameter */
function queryTime(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name);
  if (!text || text === "0") return undefined;
  const time = parseUnixTime(text) ?? parseTimestamp(text);
  if (time === undefined) throw new BerthError("invalidParameter", `invalid value for "${name}": "${text}"`);
  return time;
}

function logs({ containers }: Engine, { params, query, version, signal }: Exchange): Reply {
  const stdout = queryFlag(query, "stdout");
  const stderr = queryFlag(query, "stderr");
  if (!stdout && !stderr) {
    throw new BerthError("invalidParameter", "Bad parameters: you must choose at least one stream");
  }
  const tail = query.get("tail") ?? "";
  const request = {
    stdout,
    stderr,
    follow: queryFlag(query, "follow"),
    timestamps: queryFlag(query, "timestamps"),
    since: queryTime(query, "since"),
    until: queryTime(query, "until"),
    tail: /^\d+$/.test(tail) ? Number(tail) : undefined,
    details: queryFlag(query, "details"),
  };
  const { terminal, output } = containers.logs(params.id ?? "", request, signal);
  return { type: "stream", status: 200, contentType: streamContentType(!terminal, version), body: output };
}

/** Docker takes a size only with a terminal, and since API 1.42. */
const CONSOLE_SIZE_SINCE = 42;

async function startExec({ containers: { execs } }: Engine, exchange: Exchange): Promise<Reply> {
  const { Tty, Detach, ConsoleSize } = await exchange.json(startExecSchema);
  const id = exchange.params.id ?? "";
  const size = Tty && exchange.version.minor >= CONSOLE_SIZE_SINCE ? ConsoleSize : undefined;
  if (Detach) {
    await execs.startDetached(id, size);
    return empty(200);
  }
  // As in Docker, this request decides whether the stream is framed, not the exec's own terminal.
  const framed = !Tty;
  return {
    type: "hijack",
    contentType: streamContentType(framed, exchange.version),
    run: execs.startAttached(id, size, framed),
  };
}

const MAX_SIZE = 2 ** 32 - 1;

/** Rows and columns in the query. @throws BerthError invalidParameter */
function sizeOf(query: URLSearchParams): { height: number; width: number } {
  const read = (name: string, what: string): number => {
    const text = query.get(name) ?? "";
    if (/^\d+$/.test(text) && Number(text) <= MAX_SIZE) return Number(text);
    const reason = /^-?\d+$/.test(text) ? "value out of range" : "invalid syntax";
    throw new BerthError("invalidParameter", `invalid resize ${what} "${text}": ${reason}`);
  };
  return { height: read("h", "height"), width: read("w", "width") };
}

export function containerStreamRoutes(engine: Engine): Route[] {
  const { containers } = engine;
  return [
    { method: "GET", pattern: "/containers/{id:*}/logs", handler: (exchange) => logs(engine, exchange) },
    {
      method: "POST",
      pattern: "/containers/{id:*}/resize",
      handler: async ({ params, query }) => {
        const { height, width } = sizeOf(query);
        await containers.resize(params.id ?? "", height, width);
        return empty(200);
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id:*}/exec",
      handler: async (exchange) => {
        const request = adaptedExec(exchange.version, await exchange.json(createExecSchema));
        if (!request.Cmd?.length) throw new BerthError("invalidParameter", "No exec command specified");
        return json({ Id: containers.execs.create(exchange.params.id ?? "", execRequestOf(request)) }, 201);
      },
    },
    { method: "POST", pattern: "/exec/{id:*}/start", handler: (exchange) => startExec(engine, exchange) },
    {
      method: "POST",
      pattern: "/exec/{id:*}/resize",
      handler: async ({ params, query }) => {
        const { height, width } = sizeOf(query);
        await containers.execs.resize(params.id ?? "", height, width);
        return empty(200);
      },
    },
    {
      method: "GET",
      pattern: "/exec/{id:*}/json",
      handler: ({ params }) => json(dockerExec(containers.execs.inspect(params.id ?? ""))),
    },
  ];
}
