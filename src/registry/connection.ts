// Requests to one repository at one endpoint, with authorization and with retries where the registry limits the rate.
import { setTimeout as sleep } from "node:timers/promises";
import { authorize } from "./authorization.ts";
import type { RegistryCredentials } from "./credentials.ts";
import type { Endpoint, RegistrySettings } from "./endpoints.ts";
import { registryError, retryAfterOf, TransportError, transportError } from "./errors.ts";
import { type RequestOptions, Transport } from "./transport.ts";

const TOO_MANY_REQUESTS = 429;
const MAX_WAITS = 3;
/** A longer wait is left to the user. */
const MAX_WAIT_SECONDS = 60;
const DEFAULT_WAIT_SECONDS = 2;

export interface ConnectionOptions {
  path: string;
  settings: RegistrySettings;
  credentials?: RegistryCredentials | undefined;
  signal?: AbortSignal | undefined;
}

export class Connection {
  readonly endpoint: Endpoint;
  private readonly transport: Transport;
  private readonly base: URL;
  private readonly credentials: RegistryCredentials | undefined;
  private readonly signal: AbortSignal | undefined;
  private readonly scopes: string[];
  private authorization: string | undefined;
  private authorizing: Promise<void> | undefined;
  private isThere = false;

  /** `actions` of the token's scope: "pull" or "pull,push". */
  constructor(endpoint: Endpoint, { path, settings, credentials, signal }: ConnectionOptions, actions: string) {
    this.endpoint = endpoint;
    this.transport = new Transport(endpoint, settings);
    const prefix = endpoint.base.pathname.replace(/^\//, "");
    this.base = new URL(`/v2/${prefix}${path}/`, endpoint.base);
    this.credentials = endpoint.isMirror ? endpoint.credentials : credentials;
    this.signal = signal;
    this.scopes = [`repository:${prefix}${path}:${actions}`];
  }

  /** Adds a scope to the token, such as reading another repository to mount its blobs. */
  addScope(scope: string): void {
    if (this.scopes.includes(scope)) return;
    this.scopes.push(scope);
    this.authorization = undefined;
  }

  /** Checks that a registry answers, with any status. @throws TransportError */
  async ping(): Promise<void> {
    const response = await this.reach(new URL("/v2/", this.base), { method: "GET", signal: this.signal });
    await response.body?.cancel();
  }

  /**
   * Sends a request to a path of the repository or to an absolute URL.
   * @throws RegistryError for a status of 400 or more, TransportError without a response
   */
  async request(
    method: RequestOptions["method"],
    target: string | URL,
    options: Omit<RequestOptions, "method" | "authorization"> = {},
  ): Promise<Response> {
    const url = typeof target === "string" ? new URL(target, this.base) : target;
    const response = await this.send(method, url, options);
    if (response.status < 400) return response;
    throw await registryError(response, method, url);
  }

  /** Resolves a location that the registry sent, which may be relative. */
  resolve(location: string): URL {
    return new URL(location, this.base);
  }

  private async send(
    method: RequestOptions["method"],
    url: URL,
    options: Omit<RequestOptions, "method" | "authorization">,
  ): Promise<Response> {
    const signal = options.signal ?? this.signal;
    let mayAuthorize = true;
    for (let waits = 0; ; ) {
      const authorization = url.origin === this.base.origin ? this.authorization : undefined;
      const response = await this.reach(url, { ...options, method, authorization, signal });
      const isRepeatable = !(options.body instanceof ReadableStream);
      // Challenges of hosts that the registry redirects to are not answered.
      const isOwn = URL.parse(response.url)?.origin === this.base.origin;
      if (response.status === 401 && isOwn && mayAuthorize && isRepeatable) {
        await response.body?.cancel();
        mayAuthorize = false;
        const isRenewed = this.authorization !== undefined && this.authorization !== authorization;
        if (!isRenewed) await this.authorize(response, url);
        continue;
      }
      if (response.status !== TOO_MANY_REQUESTS || waits === MAX_WAITS || !isRepeatable) return response;
      const seconds = retryAfterOf(response) ?? DEFAULT_WAIT_SECONDS * 2 ** waits;
      if (seconds > MAX_WAIT_SECONDS) return response;
      await response.body?.cancel();
      waits += 1;
      await sleep(seconds * 1000, undefined, signal ? { signal } : {});
    }
  }

  /** Docker pings a registry first, so its message about an unreachable one names that request. */
  private async reach(url: URL, options: RequestOptions): Promise<Response> {
    try {
      const response = await this.transport.send(url, options);
      this.isThere = true;
      return response;
    } catch (thrown) {
      if (this.isThere || !(thrown instanceof TransportError) || thrown.cause === undefined) throw thrown;
      throw transportError(thrown.cause, "GET", new URL("/v2/", url));
    }
  }

  /** Concurrent requests that get a 401 share one token. */
  private authorize(refusal: Response, url: URL): Promise<void> {
    const { transport, credentials, scopes, signal } = this;
    this.authorizing ??= authorize(refusal, url, { transport, credentials, scopes, signal })
      .then(({ header }) => {
        this.authorization = header;
      })
      .finally(() => {
        this.authorizing = undefined;
      });
    return this.authorizing;
  }
}
