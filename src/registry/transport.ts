// One HTTP request to a registry or a host it redirects to: TLS, proxy, timeouts, redirects.
// The Authorization header is only sent to the original host, never along a redirect.
import { BerthError } from "../api/errors.ts";
import { type Certificates, readCertificates, systemAuthorities } from "./certificates.ts";
import type { Endpoint, RegistrySettings } from "./endpoints.ts";
import { isInsecureHost } from "./endpoints.ts";
import { TransportError, transportError, withoutQuery } from "./errors.ts";
import { proxyFor } from "./proxy.ts";

const MAX_REDIRECTS = 10;
/** Idle timeout of a connection. */
const SILENCE_LIMIT_MS = 60_000;
/** Timeout of a TLS handshake with a host that may speak plain HTTP and never answer. */
const GREETING_LIMIT_MS = 10_000;
const REDIRECTS = [301, 302, 303, 307, 308];
const USER_AGENT = "berth";

export interface RequestOptions {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Record<string, string>;
  body?: string | Uint8Array | ReadableStream<Uint8Array>;
  /** Sent verbatim, to the first host only. */
  authorization?: string | undefined;
  signal?: AbortSignal | undefined;
}

interface TlsOptions {
  ca?: string[];
  cert?: string;
  key?: string;
  rejectUnauthorized: boolean;
}

export class Transport {
  private readonly endpoint: Endpoint;
  private readonly settings: RegistrySettings;
  /** Those of hosts the registry redirects to. */
  private readonly certificates = new Map<string, Certificates>();
  private hasAnswered = false;

  constructor(endpoint: Endpoint, settings: RegistrySettings) {
    this.endpoint = endpoint;
    this.settings = settings;
  }

  /** Sends a request; GET and HEAD follow redirects. @throws TransportError; AbortError when cancelled */
  async send(url: URL, options: RequestOptions): Promise<Response> {
    let target = url;
    for (let hops = 0; ; hops++) {
      const authorization = target.origin === url.origin ? options.authorization : undefined;
      const response = await this.sendOnce(target, { ...options, authorization });
      const location = response.headers.get("location");
      const isReading = options.method === "GET" || options.method === "HEAD";
      if (!REDIRECTS.includes(response.status) || location === null || !isReading) return response;
      await response.body?.cancel();
      if (hops === MAX_REDIRECTS) throw new TransportError(`stopped after ${MAX_REDIRECTS} redirects`);
      const next = URL.parse(location, target.href);
      if (!next || !["http:", "https:"].includes(next.protocol)) {
        throw new TransportError(`${withoutQuery(target)} redirects to an invalid address`);
      }
      target = next;
    }
  }

  private async sendOnce(
    url: URL,
    { method, headers, body, authorization, signal }: RequestOptions,
  ): Promise<Response> {
    const mayBePlain = !this.hasAnswered && url.protocol === "https:" && !this.endpoint.verifies;
    try {
      signal?.throwIfAborted();
      const response = await fetch(url.href, {
        method,
        headers: {
          "User-Agent": USER_AGENT,
          "Accept-Encoding": "identity",
          ...headers,
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
        ...(body === undefined ? {} : { body }),
        redirect: "manual",
        ...(signal ? { signal } : {}),
        tls: await this.tlsFor(url),
        // Bun would otherwise read the proxy from the environment, without the engine's exceptions.
        proxy: proxyFor(url, this.settings.proxies) ?? false,
        decompress: false,
        timeout: mayBePlain ? GREETING_LIMIT_MS : SILENCE_LIMIT_MS,
      });
      this.hasAnswered = true;
      return response;
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      throw transportError(thrown, method, url);
    }
  }

  /**
   * The registry names the token service; it must not be able to have a password sent unencrypted.
   * @throws BerthError when `url` is neither encrypted nor on a host that is allowed to be insecure
   */
  async refuseInTheClear(url: URL): Promise<void> {
    const isOwn = url.origin === this.endpoint.base.origin;
    if (url.protocol === "https:" || isOwn || (await isInsecureHost(url.host, this.settings.insecureRegistries)))
      return;
    throw new BerthError(
      "internal",
      `the registry ${this.endpoint.domain} wants a password sent to ${url.origin} unencrypted`,
    );
  }

  private certificatesFor(host: string): Certificates {
    const certificates = this.certificates.get(host) ?? readCertificates(host);
    this.certificates.set(host, certificates);
    return certificates;
  }

  private async tlsFor(url: URL): Promise<TlsOptions> {
    if (url.protocol !== "https:") return { rejectUnauthorized: true };
    const isOwn = url.host === this.endpoint.base.host;
    const { authorities, client } = isOwn ? this.endpoint.certificates : this.certificatesFor(url.host);
    const verifies = isOwn
      ? this.endpoint.verifies
      : !(await isInsecureHost(url.host, this.settings.insecureRegistries));
    const system = verifies ? await systemAuthorities() : undefined;
    return {
      rejectUnauthorized: verifies,
      ...(system === undefined ? {} : { ca: [system, ...authorities] }),
      ...(client ? { cert: client.certificate, key: client.key } : {}),
    };
  }
}
