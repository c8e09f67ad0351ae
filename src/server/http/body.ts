// The body of a request, by Content-Length or chunked. It records whether it was read to its end: only then can the
// connection carry another request.
import { BerthError } from "../../api/errors.ts";
import type { BodyFraming } from "./head.ts";
import type { SocketInput } from "./input.ts";
import { ProtocolError } from "./protocol-error.ts";

const CHUNK_LINE_LIMIT = 4096;
const TRAILER_LIMIT = 16 * 1024;
const MAX_CHUNK_DIGITS = 12;

export class RequestBody implements AsyncIterable<Uint8Array> {
  private readonly input: SocketInput;
  private readonly chunked: boolean;
  /** Bytes left of the body, or of the current chunk. */
  private remaining: number;
  private beforeFirstByte: (() => void) | undefined;
  private done: boolean;
  private firstChunk = true;
  private failed = false;
  private taken = false;

  /** @param beforeFirstByte called at the first read of the body: the time to send "100 Continue" */
  constructor(input: SocketInput, framing: BodyFraming, beforeFirstByte?: () => void) {
    this.input = input;
    this.chunked = framing.type === "chunked";
    this.remaining = framing.type === "length" ? framing.length : 0;
    this.done = framing.type === "length" && framing.length === 0;
    this.beforeFirstByte = beforeFirstByte;
  }

  /** Whether all of it has been read. */
  get complete(): boolean {
    return this.done;
  }

  /** Whether the client waits for "100 Continue" before it sends the body. */
  get awaited(): boolean {
    return this.beforeFirstByte !== undefined && !this.done;
  }

  /** Reads and drops up to `limit` bytes. Resolves to whether the end was reached. */
  async discard(limit: number): Promise<boolean> {
    if (this.failed || this.awaited) return false;
    let seen = 0;
    while (seen <= limit) {
      const chunk = await this.next();
      if (!chunk) return true;
      seen += chunk.length;
    }
    return this.done;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.taken) throw new Error("the body of a request can be read only once");
    this.taken = true;
    for (;;) {
      const chunk = await this.next();
      if (!chunk) return;
      yield chunk;
    }
  }

  private async next(): Promise<Uint8Array | undefined> {
    if (this.done) return undefined;
    this.beforeFirstByte?.();
    this.beforeFirstByte = undefined;
    try {
      return await this.nextBytes();
    } catch (thrown) {
      this.failed = true;
      if (thrown instanceof ProtocolError) throw new BerthError("invalidParameter", thrown.message, thrown);
      throw thrown;
    }
  }

  private async nextBytes(): Promise<Uint8Array | undefined> {
    if (this.remaining === 0 && this.chunked) {
      this.remaining = await this.chunkSize();
      if (this.remaining === 0) {
        await this.skipTrailers();
        this.done = true;
        return undefined;
      }
    }
    const chunk = await this.input.read(this.remaining);
    if (!chunk) throw new ProtocolError(400, "the request ended before its body was complete");
    this.remaining -= chunk.length;
    this.done = this.remaining === 0 && !this.chunked;
    return chunk;
  }

  private async chunkSize(): Promise<number> {
    if (!this.firstChunk && (await this.input.readUntil("\r\n", CHUNK_LINE_LIMIT)).length > 0) {
      throw new ProtocolError(400, "malformed chunked encoding");
    }
    this.firstChunk = false;
    const line = (await this.input.readUntil("\r\n", CHUNK_LINE_LIMIT)).toString("latin1");
    const [digits = ""] = line.split(";", 1);
    if (!/^[0-9a-fA-F]+[ \t]*$/.test(digits) || digits.trim().length > MAX_CHUNK_DIGITS) {
      throw new ProtocolError(400, "malformed chunked encoding");
    }
    return Number.parseInt(digits, 16);
  }

  private async skipTrailers(): Promise<void> {
    for (let left = TRAILER_LIMIT; ; ) {
      const line = await this.input.readUntil("\r\n", left);
      if (line.length === 0) return;
      left -= line.length + 2;
      if (left <= 0) throw new ProtocolError(400, "the request's trailers are too large");
    }
  }
}
