// The one error type of Berth and its closed set of kinds. The table below is the only place that knows the HTTP status
// of a kind.

/** The kinds of failure the Docker Engine API knows, with the HTTP status each is answered with. */
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

/** A failure with a kind and a message in Docker's words. `cause` is for the log, never for the wire. */
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
  /** Berth's addition, of a failed start: what the container keeps as its exit code (126, 127 or 128). */
  exitCode?: number;
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The error of the same kind that says first where it was met. */
export function prefixed(prefix: string, thrown: unknown): BerthError {
  const kind = thrown instanceof BerthError ? thrown.kind : "internal";
  return new BerthError(kind, `${prefix}: ${messageOf(thrown)}`, thrown);
}

/** Whether what was thrown is a {@link BerthError} of the given kind. */
export function isKind(thrown: unknown, kind: ErrorKind): thrown is BerthError {
  return thrown instanceof BerthError && thrown.kind === kind;
}
