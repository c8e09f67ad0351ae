// The HTTP handshake that turns a connection into a raw stream (attach, exec, sessions).

import type { Duplex } from "./duplex.ts";
import { ApiError, ConnectionError } from "./errors.ts";
import type { Bytes } from "./streams.ts";

export interface HijackRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  /** JSON text, or undefined for a request without a body. */
  body: string | undefined;
  /** Called with the engine's API version, if the response has it. */
  onVersion(version: string): void;
  /** What the connection is upgraded to. */
  protocol: string;
}

/** The raw connection after the handshake. */
export interface Hijacked {
  /** Says whether the stream is multiplexed, since API 1.42. */
  contentType: string;
  output: Bytes;
  write(chunk: Uint8Array): Promise<boolean>;
  /** Ends the input; the output continues. */
  closeWrite(): Promise<void>;
  close(): void;
  /** Resolves when the connection is closed. */
  closed: Promise<void>;
}

const END_OF_HEAD = "\r\n\r\n";
const MAX_HEAD_BYTES = 64 * 1024;

interface Head {
  status: number;
  headers: Map<string, string>;
}

function encodeRequest(request: HijackRequest): Uint8Array {
  const body = Buffer.from(request.body ?? "");
  const lines = [
    `${request.method} ${request.path} HTTP/1.1`,
    "Host: api.moby.localhost",
    "Connection: Upgrade",
    `Upgrade: ${request.protocol}`,
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
    ...(request.body === undefined ? [] : ["Content-Type: application/json"]),
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(lines.join("\r\n") + END_OF_HEAD), body]);
}

function parseHead(text: string): Head {
  const [statusLine = "", ...lines] = text.split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) throw new ConnectionError(`unable to upgrade to tcp: malformed answer "${statusLine}"`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status, headers };
}

/** Reads to the end of the head; bytes after it are put in front of `rest`. */
async function readHead(input: AsyncGenerator<Uint8Array>): Promise<{ head: Head; early: Uint8Array }> {
  let seen = Buffer.alloc(0);
  for (;;) {
    const { value, done } = await input.next();
    if (done) throw new ConnectionError("error during connect: unexpected EOF");
    seen = Buffer.concat([seen, value]);
    const end = seen.indexOf(END_OF_HEAD);
    if (end >= 0) {
      return { head: parseHead(seen.toString("latin1", 0, end)), early: seen.subarray(end + END_OF_HEAD.length) };
    }
    if (seen.length > MAX_HEAD_BYTES)
      throw new ConnectionError("unable to upgrade to tcp: the answer's head is too long");
  }
}

async function* following(early: Uint8Array, input: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (early.length > 0) yield early;
  yield* input;
}

/** The message of a refused handshake. The body ends by its length, by chunks, or with the connection. */
async function readRefusal(head: Head, rest: Bytes): Promise<string> {
  const length = Number(head.headers.get("content-length") ?? Number.POSITIVE_INFINITY);
  const chunked = head.headers.get("transfer-encoding")?.toLowerCase() === "chunked";
  let text = "";
  for await (const chunk of rest) {
    text += Buffer.from(chunk).toString();
    if (Buffer.byteLength(text) >= length || (chunked && text.endsWith("0\r\n\r\n"))) break;
  }
  const body = /\{.*\}/s.exec(text)?.[0] ?? text.trim();
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) return String(parsed.message);
  } catch {
    // Not JSON: an old engine's plain text.
  }
  return body;
}

/**
 * Sends the request and waits until the engine has hijacked the connection.
 * @throws ApiError if it answers with an error
 */
export async function hijack(duplex: Duplex, request: HijackRequest): Promise<Hijacked> {
  await duplex.write(encodeRequest(request));
  const input = duplex.input[Symbol.asyncIterator]();
  const { head, early } = await readHead(input);
  const output = following(early, input);
  const version = head.headers.get("api-version");
  if (version !== undefined) request.onVersion(version);
  if (head.status !== 101 && head.status !== 200) {
    const message = await readRefusal(head, output);
    duplex.close();
    throw new ApiError(head.status, message);
  }
  return {
    contentType: head.headers.get("content-type") ?? "",
    output,
    write: (chunk) => duplex.write(chunk),
    closeWrite: () => duplex.closeWrite(),
    close: () => duplex.close(),
    closed: duplex.closed,
  };
}
