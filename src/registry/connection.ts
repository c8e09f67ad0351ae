// Requests about one repository at one endpoint, with what authorizes them, and patience where the registry asks for it.
import { setTimeout as sleep } from "node:timers/promises";
import type { RegistryCredentials } from "../api/images.ts";
import { authorize } from "./authorization.ts";
import type { Endpoint, RegistrySettings } from "./endpoints.ts";
import { registryError, retryAfterOf, TransportError, transportError } from "./errors.ts";
import { type RequestOptions, Transport } from "./transport.ts";

const TOO_MANY_REQUESTS = 429;
const MAX_WAITS = 3;
/** A wait longer than this is the user's to decide on. */
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

  /** `actions` are those of the scope: "pull" or "pull,push". */
  constructor(endpoint: Endpoint, { path, settings, credentials, signal }: ConnectionOptions, actions: string) {
    this.endpoint = endpoint;
    this.transport = new Transport(endpoint, settings);
    const prefix = endpoint.base.pathname.replace(/^\//, "");
    this.base = new URL(`/v2/${prefix}${path}/`, endpoint.base);
    this.credentials = endpoint.isMirror ? endpoint.credentials : credentials;
    this.signal = signal;
    this.scopes = [`repository:${prefix}${path}:${actions}`];
  }

  /** Lets a token also read another repository of the same registry, to mount its blobs. */
  addScope(scope: string): void {
    if (this.scopes.includes(scope)) return;
    this.scopes.push(scope);
    this.authorization = undefined;
  }

  /** Asks whether there is a registry at all, whatever it answers. @throws TransportError */
  async ping(): Promise<void> {
    const response = await this.reach(new URL("/v2/", this.base), { method: "GET", signal: this.signal });
    await response.body?.cancel();
  }

  /**
   * Sends a request below the repository's path, or to the whole address a registry gave.
   * @throws RegistryError for an answer of 400 or more, TransportError when there is none
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

  /** An address the registry answered with, which may be relative. */
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
      // A host that the registry sent us to is not asked what it would like to see.
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

  /** Docker asks whether a registry is there before anything else, so that is what fails in its words when none is. */
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

  /** Requests that are refused at the same time share one token. */
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
