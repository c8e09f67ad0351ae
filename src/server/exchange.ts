// One HTTP exchange as a route sees it: the request it gets and the closed set of replies it can give.

import type { BaseIssue, BaseSchema, InferOutput } from "valibot";

export type Schema = BaseSchema<unknown, unknown, BaseIssue<unknown>>;

/** An API version: 1.47 is { major: 1, minor: 47 }. */
export interface ApiVersion {
  major: number;
  minor: number;
}

export interface Exchange {
  method: string;
  /** The path without its version prefix, not percent-decoded. */
  path: string;
  version: ApiVersion;
  /** The named parts of the route's pattern, percent-decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** When the request's head had arrived, by performance.now(). */
  received: number;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
  /** The raw body; reading it twice is an error. Ends when the client's request ends. */
  body: AsyncIterable<Uint8Array>;
  /**
   * The whole body as JSON, validated. Nulls count as absent, as in Go. An empty body is `{}`.
   * Malformed JSON, trailing bytes, a wrong Content-Type or a value that does not fit: invalidParameter (400).
   */
  json<S extends Schema>(schema: S): Promise<InferOutput<S>>;
  /** Aborted when the client disconnects before the reply is complete. */
  signal: AbortSignal;
}

/** The raw connection after a hijack. */
export interface HijackedConnection {
  /** What the client sends. Ends when the client closes its side or disconnects; never throws. */
  input: AsyncIterable<Uint8Array>;
  /** Resolves when the bytes are handed to the kernel or the buffer has room again; false after a disconnect. */
  write(chunk: Uint8Array): Promise<boolean>;
  /** Ends our side; closes when the client has ended its side or after a timeout. */
  end(): void;
  /** Resolves when the connection is fully closed for any reason. */
  closed: Promise<void>;
}

export type Reply =
  | { type: "json"; status: number; body: unknown; headers?: Record<string, string> }
  | { type: "text"; status: number; body: string; contentType: string; headers?: Record<string, string> }
  | { type: "empty"; status: number; headers?: Record<string, string> }
  /** The headers are sent at once, then each chunk as it comes (chunked encoding; HTTP/1.0 ends with the connection). */
  | {
      type: "stream";
      status: number;
      contentType: string;
      body: AsyncIterable<Uint8Array>;
      headers?: Record<string, string>;
    }
  /** 101 UPGRADED when the client asked for an Upgrade, else 200; then `run` owns the connection. */
  | {
      type: "hijack";
      contentType: string;
      /** For a protocol other than Docker's raw stream: its name and its response headers. */
      upgrade?: { protocol: string; fields: Record<string, string> };
      run(connection: HijackedConnection): Promise<void>;
    };

export type Handler = (exchange: Exchange) => Promise<Reply> | Reply;

/** One route. The pattern is like "/containers/{id}/json"; `{name:*}` spans slashes (image names). */
export interface Route {
  method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  pattern: string;
  handler: Handler;
}

export const json = (body: unknown, status = 200): Reply => ({ type: "json", status, body });
export const empty = (status = 204): Reply => ({ type: "empty", status });

/** A boolean query parameter as Docker reads it: "", 0, no, false and none (in any case) are false, all else is true. */
export function queryFlag(query: URLSearchParams, name: string, absent = false): boolean {
  const value = query.get(name);
  if (value === null) return absent;
  return !["", "0", "no", "false", "none"].includes(value.trim().toLowerCase());
}
