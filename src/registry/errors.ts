// Errors of registries and of the network in Docker's wording.
import * as v from "valibot";
import { BerthError, type ErrorKind, messageOf } from "../api/errors.ts";
import { errorCode } from "../linux/errno.ts";
import { readUntil } from "./bodies.ts";
import { parseChallenges } from "./challenge.ts";

/** A response with a status of 400 or more, with the first error of its body. */
export class RegistryError extends BerthError {
  /** The registry's message, without the request. */
  readonly words: string;
  readonly httpStatus: number;
  /** The error code: "MANIFEST_UNKNOWN", "DENIED"; "" without one. */
  readonly code: string;
  /** Seconds to wait before a retry, if the registry sent them. */
  readonly retryAfter: number | undefined;

  constructor(
    kind: ErrorKind,
    words: string,
    details: { status: number; code: string; retryAfter?: number | undefined },
    request?: string,
  ) {
    super(kind, request === undefined ? words : `${request}: ${words}`);
    this.words = words;
    this.httpStatus = details.status;
    this.code = details.code;
    this.retryAfter = details.retryAfter;
  }

  /** The same error, prefixed with the request that caused it. */
  of(request: string): RegistryError {
    const { httpStatus: status, code, retryAfter } = this;
    return new RegistryError(this.kind, this.words, { status, code, retryAfter }, request);
  }
}

/** The registry requires authentication and there are no credentials. */
export class NoCredentialsError extends BerthError {
  readonly words = "no basic auth credentials";

  constructor(request: string) {
    super("internal", `${request}: no basic auth credentials`);
  }
}

/** No response, or not a valid one. Worth a retry. */
export class TransportError extends BerthError {
  /** The registry speaks plain HTTP where TLS was expected. */
  readonly isPlainHttp: boolean;
  readonly isCertificate: boolean;

  constructor(message: string, cause?: unknown, { isPlainHttp = false, isCertificate = false } = {}) {
    super("internal", message, cause);
    this.isPlainHttp = isPlainHttp;
    this.isCertificate = isCertificate;
  }
}

const errorsSchema = v.object({
  errors: v.pipe(
    v.array(v.object({ code: v.optional(v.string(), ""), message: v.optional(v.nullable(v.string()), "") })),
    v.minLength(1),
  ),
});
// Token services have their own error format.
const detailsSchema = v.object({ details: v.string() });

const MAX_BODY_LENGTH = 64 * 1024;
const MAX_SHOWN_LENGTH = 512;

// A registry's 401 must not become the engine's: clients would prompt for a login to the engine.
const kindOfStatus: Readonly<Record<number, ErrorKind>> = { 404: "notFound", 429: "tooManyRequests" };

const UNAUTHORIZED = { code: "UNAUTHORIZED", message: "authentication required" };

/** The error of a response with a status of 400 or more. */
export async function registryError(response: Response, method: string, url: URL): Promise<RegistryError> {
  const text = await readReason(response);
  const status = response.status;
  const { code, message } = deniedScope(response) ?? parseError(text, status);
  const kind = kindOfStatus[status] ?? "internal";
  const shown =
    message || code
      ? `${describeCode(code)}${message}`
      : `${method === "GET" || method === "HEAD" ? "" : `${method.toLowerCase()} `}unexpected status from ${method} request to ${withoutQuery(url)}: ${status} ${response.statusText}${text === "" ? "" : `: ${text.slice(0, MAX_SHOWN_LENGTH)}`}`;
  return new RegistryError(kind, shown.trim(), { status, code, retryAfter: retryAfterOf(response) });
}

/** The token lacks a scope, as for private and for missing repositories. Source: RFC 6750, 3.1. */
function deniedScope(response: Response): { code: string; message: string } | undefined {
  const refusal = parseChallenges(response.headers.get("www-authenticate") ?? "").find(
    ({ scheme, parameters }) => scheme === "bearer" && parameters.get("error") === "insufficient_scope",
  );
  if (!refusal) return undefined;
  const why = refusal.parameters.get("error_description") ?? "requested access to the resource is denied";
  return { code: "DENIED", message: why };
}

function parseError(text: string, status: number): { code: string; message: string } {
  const unsaid = status === 401 ? UNAUTHORIZED : { code: "", message: "" };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return unsaid;
  }
  const details = v.safeParse(detailsSchema, body);
  if (details.success) return { code: unsaid.code, message: details.output.details };
  const parsed = v.safeParse(errorsSchema, body);
  const [first] = parsed.success ? parsed.output.errors : [];
  return first ? { code: first.code, message: first.message ?? "" } : unsaid;
}

/** "MANIFEST_UNKNOWN" is "manifest unknown: ". */
function describeCode(code: string): string {
  return code === "" ? "" : `${code.toLowerCase().replaceAll("_", " ")}: `;
}

/** The start of an error body, up to where the connection broke. */
async function readReason(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of readUntil(response, MAX_BODY_LENGTH)) chunks.push(chunk);
  } catch {
    // What arrived before the connection broke is enough.
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The Retry-After header in seconds; it may hold a date. */
export function retryAfterOf(response: Response): number | undefined {
  const header = response.headers.get("retry-after");
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}

const unverified = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "CERT_UNTRUSTED",
]);

/** Maps what `fetch` threw to Docker's message, with the request. */
export function transportError(thrown: unknown, method: string, url: URL): TransportError {
  const request = requestWords(method, url);
  const code = errorCode(thrown) ?? "";
  const address = `${url.hostname}:${url.port || (url.protocol === "https:" ? 443 : 80)}`;
  if (code === "EPROTO") {
    return new TransportError(`${request}: http: server gave HTTP response to HTTPS client`, thrown, {
      isPlainHttp: true,
    });
  }
  if (unverified.has(code)) {
    const why = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    return new TransportError(`${request}: ${why}`, thrown, { isCertificate: true });
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    const why = "tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
    return new TransportError(`${request}: ${why}`, thrown, { isCertificate: true });
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const why = `tls: failed to verify certificate: x509: certificate is not valid for ${url.hostname}`;
    return new TransportError(`${request}: ${why}`, thrown, { isCertificate: true });
  }
  return new TransportError(`${request}: ${networkWords(code, address, url, thrown)}`, thrown);
}

function networkWords(code: string, address: string, url: URL, thrown: unknown): string {
  if (code === "ECONNREFUSED") return `dial tcp ${address}: connect: connection refused`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || code === "FailedToOpenSocket")
    return `dial tcp: lookup ${url.hostname}: no such host`;
  if (code === "EHOSTUNREACH") return `dial tcp ${address}: connect: no route to host`;
  if (code === "ENETUNREACH") return `dial tcp ${address}: connect: network is unreachable`;
  if (code === "ECONNRESET" || code === "ConnectionClosed") return "EOF";
  if (thrown instanceof Error && thrown.name === "TimeoutError") {
    return "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)";
  }
  return messageOf(thrown);
}

/** A request as named in Go's HTTP errors: `Get "https://…"`. */
export function requestWords(method: string, url: URL): string {
  return `${method.charAt(0)}${method.slice(1).toLowerCase()} "${withoutQuery(url)}"`;
}

/** Signed URLs have their secret in the query. */
export function withoutQuery(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
