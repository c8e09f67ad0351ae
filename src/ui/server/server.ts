// The web server of `berth ui`: the page's files, sessions, and the bridge to the engines.
import * as v from "valibot";
import { type SessionAnswer, type SignInNeeded, STREAM_WINDOW } from "../wire/session.ts";
import { json, refusal } from "./answers.ts";
import { Assets } from "./assets.ts";
import { enginePathOf, forward } from "./bridge.ts";
import { contextAnswer } from "./context.ts";
import { type EngineDirectory, Engines } from "./engines.ts";
import { type Address, originObjection } from "./origin.ts";
import type { Password } from "./password.ts";
import { isReadable } from "./read-only.ts";
import { Sessions } from "./sessions.ts";
import { Stream } from "./stream.ts";

export interface UiServerOptions {
  hostname: string;
  /** 0 for any free port. */
  port: number;
  tls: { cert: string; key: string; names: readonly string[] } | undefined;
  password: Password | undefined;
  readOnly: boolean;
  engines: EngineDirectory;
  version: string;
}

const signInSchema = v.union([v.object({ token: v.string() }), v.object({ password: v.string() })]);
/** Maximum body size of `POST /session`. */
const MAX_SIGN_IN_BYTES = 4096;
/** Timeout for idle connections and incomplete requests, however slowly these trickle in. */
const IDLE_SECONDS = 10;
/** Maximum number of streams; a page has about three. Bun makes 256 requests at a time, streams among them. */
const MAX_STREAMS = 128;

export class UiServer {
  readonly #options: UiServerOptions;
  readonly #engines: Engines;
  readonly #assets: Assets;
  readonly #server: Bun.Server<Stream>;
  readonly #sessions: Sessions;
  readonly #address: Address;
  readonly #streams = new Set<Stream>();

  private constructor(options: UiServerOptions, assets: Assets) {
    this.#options = options;
    this.#assets = assets;
    this.#engines = new Engines(options.engines);
    const { hostname, port, tls } = options;
    this.#server = Bun.serve<Stream>({
      hostname,
      port,
      ...(tls && { tls: { cert: tls.cert, key: tls.key } }),
      idleTimeout: IDLE_SECONDS,
      development: false,
      error: () => refusal(500, "the page's server failed"),
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        maxPayloadLength: 1024 * 1024,
        // A page that acknowledges what it does not read.
        backpressureLimit: 2 * STREAM_WINDOW,
        closeOnBackpressureLimit: true,
        idleTimeout: 120,
        open: (socket) => {
          this.#streams.add(socket.data);
          void socket.data.run(socket);
        },
        message: (socket, message) => socket.data.receive(message),
        close: (socket) => {
          this.#streams.delete(socket.data);
          socket.data.close();
        },
      },
    });
    const bound = this.#server.port ?? port;
    this.#address = { protocol: tls ? "https:" : "http:", port: bound, names: tls?.names ?? [] };
    this.#sessions = new Sessions({ secure: tls !== undefined, port: bound });
  }

  /** @throws Error when listening fails */
  static async start(options: UiServerOptions): Promise<UiServer> {
    return new UiServer(options, await Assets.load());
  }

  get port(): number {
    return this.#address.port;
  }

  /** Creates a single-use sign-in token for the address. */
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
    if (url.pathname === "/session") return this.#session(request, server);
    if (url.pathname === "/context") {
      return this.#sessions.find(request) === undefined ? refusal(401, "sign in first") : contextAnswer(request);
    }
    const target = enginePathOf(url);
    if (target === undefined) return this.#assets.answer(url.pathname, request) ?? refusal(404, "page not found");
    const session = this.#sessions.find(request);
    if (session === undefined) return refusal(401, "sign in first");
    const isStream = url.pathname.startsWith("/stream/");
    const method = isStream ? streamMethodOf(target.path) : request.method;
    if (this.#options.readOnly && !isReadable(method, target.path)) {
      return refusal(403, "this page was started with --read-only");
    }
    try {
      const connection = await this.#engines.get(target.engine);
      if (!isStream) {
        // Pulls, builds and saves may be silent for any length of time.
        server.timeout(request, 0);
        return await forward(connection, request, target.path);
      }
      if (this.#streams.size >= MAX_STREAMS) return refusal(503, "too many streams are open");
      const data = new Stream({ connection, method, path: target.path, query: queryOf(url), session });
      return server.upgrade(request, { data }) ? undefined : refusal(400, "a WebSocket is expected here");
    } catch (thrown) {
      return refusal(502, thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  async #session(request: Request, server: Bun.Server<Stream>): Promise<Response> {
    switch (request.method) {
      case "GET":
        return this.#sessions.find(request) === undefined ? this.#signInNeeded() : json(this.#sessionAnswer());
      case "POST":
        return this.#signIn(request, server);
      case "DELETE":
        return this.#signOut(this.#sessions.find(request));
      default:
        return refusal(404, "page not found");
    }
  }

  async #signIn(request: Request, server: Bun.Server<Stream>): Promise<Response> {
    const length = Number(request.headers.get("content-length") ?? Number.POSITIVE_INFINITY);
    const parsed = length > MAX_SIGN_IN_BYTES ? undefined : v.safeParse(signInSchema, parse(await request.text()));
    if (!parsed?.success) return refusal(400, "a token or a password is expected");
    const signIn = parsed.output;
    if ("token" in signIn) {
      if (!this.#sessions.redeem(signIn.token))
        return refusal(401, "this address was used already, or is older than an hour");
    } else {
      // Password verification is slow by design.
      server.timeout(request, 0);
      const address = server.requestIP(request)?.address ?? "";
      const answer = await this.#options.password?.check(signIn.password, address);
      if (answer === "too many tries") return refusal(429, "too many wrong passwords: wait a minute");
      if (answer !== "right") return refusal(401, "wrong password");
    }
    return json(this.#sessionAnswer(), { headers: { "set-cookie": this.#sessions.open() } });
  }

  /** Also closes the session's open streams. */
  #signOut(session: string | undefined): Response {
    for (const stream of this.#streams) if (stream.session === session) stream.close();
    return json({}, { headers: { "set-cookie": this.#sessions.close(session) } });
  }

  #signInNeeded(): Response {
    return json({ password: this.#options.password !== undefined } satisfies SignInNeeded, { status: 401 });
  }

  #sessionAnswer(): SessionAnswer {
    const { readOnly, version } = this.#options;
    return { engines: [...this.#engines.names], current: this.#engines.current, readOnly, version };
  }
}

/** The method of a stream's request to the engine: POST for streams with input. */
const streamMethodOf = (path: string): string => (/\/(?:attach|start)$/.test(path) ? "POST" : "GET");

function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
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
