// The one error type of Berth and its closed set of kinds. The table below is the only place that knows the HTTP status
// of a kind.
import { systemErrorText } from "./system-errors.ts";

/** The kinds of errors in the Docker Engine API, with their HTTP status. */
export const statusOfKind = {
  notModified: 304,
  invalidParameter: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  tooManyRequests: 429,
  internal: 500,
  notImplemented: 501,
  unavailable: 503,
} as const;

export type ErrorKind = keyof typeof statusOfKind;

/** An error with a kind and a message in Docker's words. `cause` is only logged. */
export class BerthError extends Error {
  override readonly name = "BerthError";
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }

  get status(): number {
    return statusOfKind[this.kind];
  }
}

/** The body of every answer with a status of 400 or more. */
export interface ErrorBody {
  message: string;
  /** Berth extension, for a failed start: the container's exit code (126, 127 or 128). */
  exitCode?: number;
}

/** The message of anything thrown. Clients of Docker know those of the operating system in Go's words. */
export function messageOf(thrown: unknown): string {
  return systemErrorText(thrown) ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

/** The same error with a prefix to its message. */
export function prefixed(prefix: string, thrown: unknown): BerthError {
  const kind = thrown instanceof BerthError ? thrown.kind : "internal";
  return new BerthError(kind, `${prefix}: ${messageOf(thrown)}`, thrown);
}

/** Whether it is a {@link BerthError} of this kind. */
export function isKind(thrown: unknown, kind: ErrorKind): thrown is BerthError {
  return thrown instanceof BerthError && thrown.kind === kind;
}
