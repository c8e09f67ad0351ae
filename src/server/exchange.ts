// One HTTP exchange as a route sees it: the request it gets and the closed set of replies it can give.

import type { BaseIssue, BaseSchema, InferOutput } from "valibot";

export type Schema = BaseSchema<unknown, unknown, BaseIssue<unknown>>;

/** The API version of an exchange, from the path (`/v1.47/…`) or the newest one: 1.47 is { major: 1, minor: 47 }. */
export interface ApiVersion {
  major: number;
  minor: number;
}

export interface Exchange {
  method: string;
  /** The path without its version prefix, percent-decoding not applied. */
  path: string;
  version: ApiVersion;
  /** The named parts of the route's pattern, percent-decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
  /** The raw body; reading it twice is an error. Ends when the client's request ends. */
  body: AsyncIterable<Uint8Array>;
  /**
   * The whole body as JSON, validated. Nulls count as absent, as in Go. An empty body is `{}`.
   * Malformed JSON, trailing bytes, a wrong Content-Type or a value that does not fit: invalidParameter (400).
   */
  json<S extends Schema>(schema: S): Promise<InferOutput<S>>;
  /** Aborted when the client goes away before the reply is complete. */
  signal: AbortSignal;
}

/** The raw connection after a hijack. */
export interface HijackedConnection {
  /** What the client sends; ends at its half-close, throws never: an abrupt close ends it too. */
  input: AsyncIterable<Uint8Array>;
  /** Resolves when the bytes are handed to the kernel or the buffer has room again; false once the client is gone. */
  write(chunk: Uint8Array): Promise<boolean>;
  /** Sends our end of stream and, once the client's has come or it lingers too long, closes. */
  end(): void;
  /** Resolves when the connection is fully closed, for whatever reason. */
  closed: Promise<void>;
}

export type Reply =
  | { type: "json"; status: number; body: unknown; headers?: Record<string, string> }
  | { type: "text"; status: number; body: string; contentType: string; headers?: Record<string, string> }
  | { type: "empty"; status: number; headers?: Record<string, string> }
  /** Headers go out at once, then each chunk as it comes (chunked encoding; closing delimits for HTTP/1.0). */
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
      /** For a protocol other than Docker's raw stream: its name, and its own fields of the answer's head. */
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

/** Docker's reading of a boolean query parameter: "", 0, no, false, none (any case) are false, all else true. */
export function queryFlag(query: URLSearchParams, name: string, absent = false): boolean {
  const value = query.get(name);
  if (value === null) return absent;
  return !["", "0", "no", "false", "none"].includes(value.trim().toLowerCase());
}
