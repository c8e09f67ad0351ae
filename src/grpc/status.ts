// gRPC status codes, the error that carries one, and its encoding in trailers.
import { BerthError, type ErrorKind, messageOf } from "../api/errors.ts";

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const statusCodes = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export type StatusCode = (typeof statusCodes)[keyof typeof statusCodes];

/** Undefined codes become unknown. */
export function statusCodeOf(number: number): StatusCode {
  return Object.values(statusCodes).find((code) => code === number) ?? statusCodes.unknown;
}

/** A call that ended with a status other than OK. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";
  readonly code: StatusCode;
  /** The content of `grpc-status-details-bin`: an encoded google.rpc.Status. */
  readonly details: Uint8Array | undefined;

  constructor(code: StatusCode, message: string, details?: Uint8Array, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

const codeOfKind: Record<ErrorKind, StatusCode> = {
  notModified: statusCodes.unknown,
  invalidParameter: statusCodes.invalidArgument,
  unauthorized: statusCodes.unauthenticated,
  forbidden: statusCodes.permissionDenied,
  notFound: statusCodes.notFound,
  conflict: statusCodes.failedPrecondition,
  tooManyRequests: statusCodes.resourceExhausted,
  // BuildKit answers Unknown for errors without a class.
  internal: statusCodes.unknown,
  notImplemented: statusCodes.unimplemented,
  unavailable: statusCodes.unavailable,
};

/** Converts anything thrown to a GrpcError. */
export function grpcErrorOf(thrown: unknown): GrpcError {
  if (thrown instanceof GrpcError) return thrown;
  const code = thrown instanceof BerthError ? codeOfKind[thrown.kind] : statusCodes.unknown;
  return new GrpcError(code, messageOf(thrown), undefined, thrown);
}

/** The trailers that end a call with an error. */
export function trailersOf({ code, message, details }: GrpcError): Record<string, string> {
  return {
    "grpc-status": String(code),
    "grpc-message": encodeMessage(message),
    ...(details === undefined
      ? {}
      : { "grpc-status-details-bin": Buffer.from(details).toString("base64").replace(/=+$/, "") }),
  };
}

/** Percent-encodes everything but printable ASCII, as gRPC over HTTP/2 requires. */
export function encodeMessage(message: string): string {
  let encoded = "";
  for (const byte of Buffer.from(message)) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The inverse of {@link encodeMessage}; invalid escapes are kept. */
export function decodeMessage(encoded: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < encoded.length; at++) {
    const escaped = /^%([0-9a-fA-F]{2})/.exec(encoded.slice(at, at + 3))?.[1];
    bytes.push(escaped === undefined ? encoded.charCodeAt(at) : Number.parseInt(escaped, 16));
    if (escaped !== undefined) at += 2;
  }
  return Buffer.from(bytes).toString("utf8");
}
