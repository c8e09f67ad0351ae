// The web server of `berth ui`: the page's files, who is signed in, and the bridge to the engines.
import * as v from "valibot";
import type { SessionAnswer, SignInNeeded } from "../wire/session.ts";
import { json, refusal } from "./answers.ts";
import { Assets } from "./assets.ts";
import { enginePathOf, forward } from "./bridge.ts";
import { type EngineDirectory, Engines } from "./engines.ts";
import { type Address, originObjection } from "./origin.ts";
import type { Password } from "./password.ts";
import { isReadable } from "./read-only.ts";
import { Sessions } from "./sessions.ts";
import { Stream } from "./stream.ts";

export interface UiServerOptions {
  hostname: string;
  /** 0 for a free one. */
  port: number;
  tls: { cert: string; key: string; names: readonly string[] } | undefined;
  password: Password | undefined;
  readOnly: boolean;
  engines: EngineDirectory;
  version: string;
}

const signInSchema = v.union([v.object({ token: v.string() }), v.object({ password: v.string() })]);
/** A body of `POST /session` has no reason to be larger. */
const MAX_SIGN_IN_BYTES = 4096;

export class UiServer {
  readonly #options: UiServerOptions;
  readonly #engines: Engines;
  readonly #assets: Assets;
  readonly #server: Bun.Server<Stream>;
  readonly #sessions: Sessions;
  readonly #address: Address;

  private constructor(options: UiServerOptions, assets: Assets) {
    this.#options = options;
    this.#assets = assets;
    this.#engines = new Engines(options.engines);
    const { hostname, port, tls } = options;
    this.#server = Bun.serve<Stream>({
      hostname,
      port,
      ...(tls && { tls: { cert: tls.cert, key: tls.key } }),
      idleTimeout: 0,
      development: false,
      error: () => refusal(500, "the page's server failed"),
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        maxPayloadLength: 1024 * 1024,
        idleTimeout: 120,
        open: (socket) => void socket.data.run(socket),
        message: (socket, message) => socket.data.receive(message),
        close: (socket) => socket.data.close(),
      },
    });
    const bound = this.#server.port ?? port;
    this.#address = { protocol: tls ? "https:" : "http:", port: bound, names: tls?.names ?? [] };
    this.#sessions = new Sessions({ secure: tls !== undefined, port: bound });
  }

  /** @throws Error when the address cannot be listened on */
  static async start(options: UiServerOptions): Promise<UiServer> {
    return new UiServer(options, await Assets.load());
  }

  get port(): number {
    return this.#address.port;
  }

  /** A token for an address that signs in once. */
  issueToken(): string {
    return this.#sessions.issueToken();
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request, server: Bun.Server<Stream>): Promise<Response | undefined> {
    const objection = originObjection(request, this.#address);
    if (objection !== undefined) return refusal(403, objection);
    const url = new URL(request.url);
    if (url.pathname === "/session") return this.#session(request);
    const target = enginePathOf(url);
    if (target === undefined) return this.#assets.answer(url.pathname, request) ?? refusal(404, "page not found");
    if (!this.#sessions.isOpen(request)) return refusal(401, "sign in first");
    const isStream = url.pathname.startsWith("/stream/");
    const method = isStream ? streamMethodOf(url, target.path) : request.method;
    if (this.#options.readOnly && !isReadable(method, target.path)) {
      return refusal(403, "this page was started with --read-only");
    }
    try {
      const connection = await this.#engines.get(target.engine);
      if (!isStream) return await forward(connection, request, target.path);
      const data = new Stream({ connection, method, path: target.path, query: queryOf(url) });
      return server.upgrade(request, { data }) ? undefined : refusal(400, "a WebSocket is expected here");
    } catch (thrown) {
      return refusal(502, thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  async #session(request: Request): Promise<Response> {
    switch (request.method) {
      case "GET":
        return this.#sessions.isOpen(request) ? json(this.#sessionAnswer()) : this.#signInNeeded();
      case "POST":
        return this.#signIn(request);
      case "DELETE":
        return json({}, { headers: { "set-cookie": this.#sessions.close(request) } });
      default:
        return refusal(404, "page not found");
    }
  }

  async #signIn(request: Request): Promise<Response> {
    const length = Number(request.headers.get("content-length") ?? Number.POSITIVE_INFINITY);
    const parsed = length > MAX_SIGN_IN_BYTES ? undefined : v.safeParse(signInSchema, parse(await request.text()));
    if (!parsed?.success) return refusal(400, "a token or a password is expected");
    const signIn = parsed.output;
    if ("token" in signIn) {
      if (!this.#sessions.redeem(signIn.token)) return refusal(401, "this address was used already");
    } else {
      const answer = await this.#options.password?.check(signIn.password);
      if (answer === "too many tries") return refusal(429, "too many wrong passwords: wait a minute");
      if (answer !== "right") return refusal(401, "wrong password");
    }
    return json(this.#sessionAnswer(), { headers: { "set-cookie": this.#sessions.open() } });
  }

  #signInNeeded(): Response {
    return json({ password: this.#options.password !== undefined } satisfies SignInNeeded, { status: 401 });
  }

  #sessionAnswer(): SessionAnswer {
    const { readOnly, version } = this.#options;
    return { engines: [...this.#engines.names], current: this.#engines.current, readOnly, version };
  }
}

/** The method that a stream is asked for with at the engine; the engine gets no `method` parameter. */
function streamMethodOf(url: URL, path: string): string {
  if (/\/(?:attach|start)$/.test(path)) return "POST";
  return url.searchParams.get("method") ?? "GET";
}

function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
    if (name === "method") continue;
    const values = url.searchParams.getAll(name);
    query[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  return query;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
