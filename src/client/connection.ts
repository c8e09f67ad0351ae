// A connection to one engine: requests by fetch, raw streams by our own handshake, and negotiation of the API version,
// which takes no extra round trip if the request can be repeated.
import type { DialTarget, Duplex } from "./duplex.ts";
import { DEFAULT_HOST, type Endpoint, parseEndpoint, type TlsMaterial } from "./endpoint.ts";
import { ApiError, ConnectionError, connectionError } from "./errors.ts";
import type { Hijacked } from "./hijack.ts";
import { encodeQuery, type Query } from "./query.ts";
import { refusalOf } from "./refusal.ts";
import { jsonLines } from "./streams.ts";

/** The newest API this client speaks. */
export const NEWEST_API_VERSION = "1.51";

/** An engine closes connections without requests at some time; a pull may come between the connection and its request. */
const MAX_AHEAD_MILLISECONDS = 5_000;

export interface ConnectionOptions {
  /** "unix:///run/berth.sock" (the default), "tcp://host:port", "ssh://user@host". */
  host?: string | undefined;
  tls?: TlsMaterial | undefined;
  /** Use exactly this version instead of negotiating one. */
  apiVersion?: string | undefined;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined;
}

export interface RequestOptions {
  query?: Query;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent unchanged, chunk by chunk. */
  body?: ReadableStream<Uint8Array> | Blob;
  contentType?: string;
  signal?: AbortSignal | undefined;
}

export interface HijackOptions extends RequestOptions {
  /** What the connection is upgraded to; "tcp" by default. */
  protocol?: string;
}

export interface PingAnswer {
  apiVersion: string;
  osType: string;
  experimental: boolean;
  builderVersion: string;
}

/** Where requests are sent once tunnels are up. */
interface Route {
  origin: string;
  fetchOptions: BunFetchRequestInit;
  dial: DialTarget;
  /** The error of a broken tunnel. */
  failure: () => string | undefined;
}

/** Whether it is "localhost" or a loopback address. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Whether API version `a` is older than `b`. */
export function isOlderVersion(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA === majorB ? minorA < minorB : majorA < majorB;
}

export class Connection {
  readonly endpoint: Endpoint;
  /** The version the next request is sent with. */
  apiVersion: string;
  readonly #headers: Readonly<Record<string, string>>;
  /** Whether the caller chose the version, which is then never changed. */
  readonly #fixed: boolean;
  #settled: boolean;
  #route: Promise<Route> | undefined;
  /** A connection without a request yet, and when it was made, by performance.now(). */
  #ahead: { duplex: Promise<Duplex>; dialed: number } | undefined;

  /** @throws EndpointError for an invalid host */
  constructor(options: ConnectionOptions = {}) {
    this.endpoint = parseEndpoint(options.host ?? DEFAULT_HOST, options.tls);
    this.apiVersion = options.apiVersion ?? NEWEST_API_VERSION;
    this.#fixed = options.apiVersion !== undefined;
    this.#settled = this.#fixed;
    this.#headers = options.headers ?? {};
  }

  /** The engine's address, for messages. */
  get host(): string {
    return this.endpoint.host;
  }

  /** Pings the engine and negotiates the API version. */
  async ping(signal?: AbortSignal): Promise<PingAnswer> {
    const response = await this.#fetch("HEAD", "/_ping", { signal });
    const apiVersion = response.headers.get("api-version") ?? "1.24";
    this.#settle(apiVersion);
    return {
      apiVersion,
      osType: response.headers.get("ostype") ?? "",
      experimental: response.headers.get("docker-experimental") === "true",
      builderVersion: response.headers.get("builder-version") ?? "",
    };
  }

  /** Negotiates the version now, for requests that depend on it. */
  async negotiate(): Promise<string> {
    if (!this.#settled) await this.ping();
    return this.apiVersion;
  }

  /**
   * Sends one request. The body of the response may still be coming.
   * @throws ApiError for a status of 400 or more, ConnectionError without a response
   */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    if (options.body && !this.#settled) await this.ping();
    const tried = this.apiVersion;
    const response = await this.#fetch(method, this.#versioned(path, options.query), options);
    const engineVersion = response.headers.get("api-version");
    if (!this.#fixed && engineVersion) {
      this.#settle(engineVersion);
      // Several requests may have been sent before the first response had the engine's version.
      if (response.status === 400 && isOlderVersion(this.apiVersion, tried)) {
        await response.body?.cancel();
        return this.send(method, path, options);
      }
    }
    if (response.status >= 400) throw await refusalOf(response);
    return response;
  }

  /** The response's JSON. Its type is not checked: the engine is trusted. */
  async json<T>(method: string, path: string, options?: RequestOptions): Promise<T> {
    const answer: T = JSON.parse(await this.text(method, path, options));
    return answer;
  }

  async text(method: string, path: string, options?: RequestOptions): Promise<string> {
    const response = await this.send(method, path, options);
    return response.text();
  }

  /** For requests whose response is only a status. */
  async done(method: string, path: string, options?: RequestOptions): Promise<void> {
    const response = await this.send(method, path, options);
    await response.arrayBuffer();
  }

  /** The response's body as it comes. */
  async *bytes(method: string, path: string, options?: RequestOptions): AsyncGenerator<Uint8Array> {
    const response = await this.send(method, path, options);
    if (response.body) yield* this.body(response);
  }

  /** A response's body; a connection that breaks meanwhile throws ConnectionError. */
  async *body(response: Response): AsyncGenerator<Uint8Array> {
    if (!response.body) return;
    try {
      for await (const chunk of response.body) yield chunk;
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === "AbortError") throw thrown;
      throw new ConnectionError("unexpected EOF", { cause: thrown });
    }
  }

  /** The response's JSON values as they come, one per line. */
  async *lines<T>(method: string, path: string, options?: RequestOptions): AsyncGenerator<T> {
    yield* jsonLines<T>(this.bytes(method, path, options));
  }

  /**
   * Connects to an engine on this machine before the request is known: by the time it is, the engine expects a start. The next
   * raw stream takes the connection, and throws what went wrong.
   */
  async dialAhead(): Promise<void> {
    const { endpoint } = this;
    if (endpoint.kind !== "unix") return;
    const { Duplex } = await import("./duplex.ts");
    const duplex = Duplex.dial({ unix: endpoint.path });
    this.#ahead = { duplex, dialed: performance.now() };
    await duplex.catch(() => {});
  }

  #takeAhead(): Promise<Duplex> | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead === undefined || performance.now() - ahead.dialed < MAX_AHEAD_MILLISECONDS) return ahead?.duplex;
    ahead.duplex.then(
      (duplex) => duplex.close(),
      () => {},
    );
    return undefined;
  }

  /** Turns a request's connection into a raw stream. @throws as {@link send} */
  async hijack(method: string, path: string, options: HijackOptions = {}): Promise<Hijacked> {
    const [{ hijack }, { Duplex }, route] = await Promise.all([
      import("./hijack.ts"),
      import("./duplex.ts"),
      this.#routed(),
    ]);
    const tried = this.apiVersion;
    const target = this.#versioned(path, options.query);
    try {
      return await hijack(await (this.#takeAhead() ?? Duplex.dial(route.dial)), {
        method,
        path: `${this.endpoint.kind === "tcp" ? this.endpoint.basePath : ""}${target}`,
        headers: { ...this.#headers, ...options.headers },
        body: options.json === undefined ? undefined : JSON.stringify(options.json),
        onVersion: (engineVersion) => this.#settle(engineVersion),
        protocol: options.protocol ?? "tcp",
      });
    } catch (thrown) {
      const tooNew = thrown instanceof ApiError && thrown.status === 400 && isOlderVersion(this.apiVersion, tried);
      if (tooNew) return this.hijack(method, path, options);
      if (thrown instanceof ApiError || thrown instanceof ConnectionError) throw thrown;
      throw this.#explain(route, method, target, thrown);
    }
  }

  /** A bare connection to the engine, for `dial-stdio`. */
  async dial() {
    const [{ Duplex }, route] = await Promise.all([import("./duplex.ts"), this.#routed()]);
    try {
      return await Duplex.dial(route.dial);
    } catch (thrown) {
      throw this.#explain(route, "GET", "/", thrown);
    }
  }

  #versioned(path: string, query: Query = {}): string {
    return `/v${this.apiVersion}${path}${encodeQuery(query)}`;
  }

  #settle(engineVersion: string): void {
    if (this.#settled) return;
    this.#settled = true;
    if (isOlderVersion(engineVersion, this.apiVersion)) this.apiVersion = engineVersion;
  }

  async #fetch(method: string, target: string, options: RequestOptions): Promise<Response> {
    const route = await this.#routed();
    const headers: Record<string, string> = { ...this.#headers, ...options.headers };
    if (options.json !== undefined) headers["Content-Type"] = "application/json";
    else if (options.contentType) headers["Content-Type"] = options.contentType;
    try {
      return await fetch(route.origin + target, {
        ...route.fetchOptions,
        method,
        headers,
        body: options.json === undefined ? (options.body ?? null) : JSON.stringify(options.json),
        signal: options.signal ?? null,
        redirect: "manual",
        decompress: false,
        timeout: false,
      });
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === "AbortError") throw thrown;
      throw this.#explain(route, method, target, thrown);
    }
  }

  #explain(route: Route, method: string, target: string, thrown: unknown): ConnectionError {
    const failure = route.failure();
    const url = `${this.#shownOrigin()}${target}`;
    if (failure === undefined) return connectionError(this.host, method, url, thrown);
    return connectionError(this.host, method, url, new Error(failure));
  }

  /** Docker's messages show the path of a unix socket as the host of the URL. */
  #shownOrigin(): string {
    switch (this.endpoint.kind) {
      case "unix":
        return `http://${encodeURIComponent(this.endpoint.path)}`;
      case "ssh":
        return "http://docker.example.com";
      case "tcp":
        return `${this.endpoint.tls ? "https" : "http"}://${this.endpoint.hostname}:${this.endpoint.port}`;
    }
  }

  #routed(): Promise<Route> {
    this.#route ??= this.#open();
    return this.#route;
  }

  async #open(): Promise<Route> {
    const { endpoint } = this;
    const failure = () => undefined;
    switch (endpoint.kind) {
      case "unix":
        return {
          origin: "http://api.moby.localhost",
          fetchOptions: { unix: endpoint.path, proxy: false },
          dial: { unix: endpoint.path },
          failure,
        };
      case "ssh": {
        const { openSshTunnel } = await import("./ssh.ts");
        const tunnel = await openSshTunnel(endpoint);
        return {
          origin: "http://docker.example.com",
          fetchOptions: { unix: tunnel.socketPath, proxy: false },
          dial: { unix: tunnel.socketPath },
          failure: tunnel.failure,
        };
      }
      case "tcp": {
        const { port, basePath, tls } = endpoint;
        const hostname = endpoint.hostname.replace(/^\[(.*)\]$/, "$1");
        const tlsOptions = tls && {
          ca: tls.ca,
          cert: tls.cert,
          key: tls.key,
          rejectUnauthorized: !tls.skipVerify,
          serverName: hostname,
        };
        return {
          origin: `${tls ? "https" : "http"}://${endpoint.hostname}:${port}${basePath}`,
          // Proxies of the environment are used, but never for this machine.
          fetchOptions: { ...(tlsOptions && { tls: tlsOptions }), ...(isLoopback(hostname) && { proxy: false }) },
          dial: tlsOptions ? { hostname, port, tls: tlsOptions } : { hostname, port },
          failure,
        };
      }
    }
  }
}
