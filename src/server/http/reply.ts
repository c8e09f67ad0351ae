// Writes the reply of a route: status line, header fields, and the body with Content-Length or chunked.
import { STATUS_CODES } from "node:http";
import type { Reply } from "../exchange.ts";
import type { RequestHead } from "./head.ts";
import type { SocketOutput } from "./output.ts";

const CRLF = "\r\n";
const LAST_CHUNK = "0\r\n\r\n";

export type Fields = Record<string, string>;

export type PlainReply = Exclude<Reply, { type: "hijack" }>;

/** What the encoding of a reply depends on. */
export interface ReplyContext {
  output: SocketOutput;
  head: Pick<RequestHead, "method" | "minorVersion">;
  /** Fields of every reply of this server. */
  commonFields: Fields;
  /** Whether the connection may serve another request afterwards. */
  keepAlive: boolean;
  signal: AbortSignal;
}

/** A status line and fields, up to and with the empty line. */
export function formatHead(status: number, fields: Fields, reason = STATUS_CODES[status] ?? ""): string {
  const lines = [`HTTP/1.1 ${status} ${reason}`];
  for (const [name, value] of Object.entries(fields)) lines.push(`${name}: ${value.replaceAll(/[\r\n]/g, " ")}`);
  return lines.join(CRLF) + CRLF + CRLF;
}

/** Sends a reply. Resolves to whether the connection can be reused. */
export async function sendReply(context: ReplyContext, reply: PlainReply): Promise<boolean> {
  if (reply.type === "stream") return await sendStream(context, reply);
  const { fields, body } = contentOf(reply);
  const bodyless = reply.status === 204 || reply.status === 304;
  const head = formatHead(reply.status, {
    ...generalFields(context),
    ...reply.headers,
    ...fields,
    ...(bodyless ? {} : { "Content-Length": String(Buffer.byteLength(body)) }),
  });
  const sent = await context.output.write(bodyless || context.head.method === "HEAD" ? head : head + body);
  return sent && context.keepAlive;
}

function contentOf(reply: Exclude<PlainReply, { type: "stream" }>): { fields: Fields; body: string } {
  switch (reply.type) {
    case "json":
      return { fields: { "Content-Type": "application/json" }, body: `${JSON.stringify(reply.body)}\n` };
    case "text":
      return { fields: { "Content-Type": reply.contentType }, body: reply.body };
    case "empty":
      return { fields: {}, body: "" };
  }
}

function generalFields(context: ReplyContext): Fields {
  return {
    ...context.commonFields,
    Date: new Date().toUTCString(),
    ...(context.keepAlive ? {} : { Connection: "close" }),
    ...(context.keepAlive && context.head.minorVersion === 0 ? { Connection: "keep-alive" } : {}),
  };
}

async function sendStream(context: ReplyContext, reply: Extract<Reply, { type: "stream" }>): Promise<boolean> {
  const chunked = context.head.minorVersion === 1;
  const keepAlive = context.keepAlive && chunked;
  const head = formatHead(reply.status, {
    ...generalFields({ ...context, keepAlive }),
    ...reply.headers,
    "Content-Type": reply.contentType,
    ...(chunked ? { "Transfer-Encoding": "chunked" } : {}),
  });
  if (!(await context.output.write(head))) return await abandon(reply.body);
  if (context.head.method === "HEAD") return (await abandon(reply.body)) || keepAlive;
  const encode = chunked ? encodeChunk : (chunk: Uint8Array) => chunk;
  if (!(await pump(reply.body, context, encode))) return false;
  return chunked && (await context.output.write(LAST_CHUNK)) && keepAlive;
}

/** Sends chunks until the body ends (true) or the client disconnects (false). */
async function pump(
  body: AsyncIterable<Uint8Array>,
  { output, signal }: ReplyContext,
  encode: (chunk: Uint8Array) => Uint8Array,
): Promise<boolean> {
  const iterator = body[Symbol.asyncIterator]();
  // Promise.race with one long-lived promise would retain every chunk.
  let onGone = (): void => {};
  signal.addEventListener("abort", () => onGone(), { once: true });
  for (;;) {
    const next = iterator.next();
    const result = await new Promise<IteratorResult<Uint8Array> | "gone">((resolve, reject) => {
      onGone = () => resolve("gone");
      if (signal.aborted) onGone();
      next.then(resolve, reject);
    });
    if (result === "gone") {
      // The producer may wait for something that never comes; it is closed when it next yields.
      next.catch(() => {});
      iterator.return?.()?.catch(() => {});
      return false;
    }
    if (result.done) return true;
    if (result.value.length > 0 && !(await output.write(encode(result.value)))) {
      await iterator.return?.();
      return false;
    }
  }
}

/** Closes a body that is not going to be read. Always false: the connection cannot be reused. */
async function abandon(body: AsyncIterable<Uint8Array>): Promise<false> {
  await body[Symbol.asyncIterator]().return?.();
  return false;
}

function encodeChunk(chunk: Uint8Array): Uint8Array {
  const size = `${chunk.length.toString(16)}${CRLF}`;
  const encoded = Buffer.allocUnsafe(size.length + chunk.length + CRLF.length);
  encoded.write(size, 0, "latin1");
  encoded.set(chunk, size.length);
  encoded.write(CRLF, size.length + chunk.length, "latin1");
  return encoded;
}
