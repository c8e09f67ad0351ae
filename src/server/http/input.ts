// The bytes a client sends, pulled by the parser. The socket is read ahead into a small buffer, so that a disconnect is
// noticed while nothing is being parsed.
import type { Socket } from "node:net";
import { WakeUp } from "../../async/wake-up.ts";
import { ProtocolError } from "./protocol-error.ts";

const READ_AHEAD = 256 * 1024;

export class SocketInput {
  /** Called once, when the client half-closes or disconnects. */
  onEnd: () => void = () => {};
  private readonly socket: Socket;
  private readonly chunks: Buffer[] = [];
  private buffered = 0;
  private paused = false;
  private finished = false;
  private readonly changed = new WakeUp();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.accept(chunk));
    socket.on("end", () => this.finish());
    socket.on("close", () => this.finish());
  }

  /** Whether the client has half-closed; buffered bytes can still be read. */
  get ended(): boolean {
    return this.finished;
  }

  /** Resolves to true when there are bytes to read, to false at the end. */
  async ready(): Promise<boolean> {
    while (this.chunks.length === 0) {
      if (this.finished) return false;
      await this.changed.wait();
    }
    return true;
  }

  /** The next bytes, at most `limit` of them; undefined at the end. */
  async read(limit = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    if (!(await this.ready())) return undefined;
    const chunk = this.chunks.shift();
    if (!chunk) return undefined;
    this.buffered -= chunk.length;
    if (chunk.length > limit) {
      this.unread(chunk.subarray(limit));
      return chunk.subarray(0, limit);
    }
    this.resumeWhenLow();
    return chunk;
  }

  /** The bytes before `delimiter`, which is consumed. @throws ProtocolError 431 beyond `limit`, 400 at an early end */
  async readUntil(delimiter: string, limit: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let length = 0;
    let tail = Buffer.alloc(0);
    for (;;) {
      const chunk = await this.read();
      if (!chunk) throw new ProtocolError(400, "unexpected end of the request");
      const window = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
      const at = window.indexOf(delimiter);
      const used = at < 0 ? chunk.length : at + delimiter.length - tail.length;
      parts.push(chunk.subarray(0, used));
      length += used;
      if (length > limit + delimiter.length) throw new ProtocolError(431, "the request's header is too large");
      if (at >= 0) {
        this.unread(chunk.subarray(used));
        return Buffer.concat(parts).subarray(0, length - delimiter.length);
      }
      tail = Buffer.from(window.subarray(-(delimiter.length - 1)));
    }
  }

  /** The next byte, without consuming it. */
  peek(): number | undefined {
    return this.chunks[0]?.[0];
  }

  /** Drops everything up to the end. */
  async discardRest(): Promise<void> {
    while (await this.read()) {
      // Only the end matters.
    }
  }

  private unread(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.unshift(chunk);
    this.buffered += chunk.length;
  }

  private accept(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
    if (this.buffered > READ_AHEAD && !this.paused) {
      this.paused = true;
      this.socket.pause();
    }
    this.changed.wake();
  }

  private resumeWhenLow(): void {
    if (!this.paused || this.buffered > READ_AHEAD / 2) return;
    this.paused = false;
    this.socket.resume();
  }

  private finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.changed.wake();
    this.onEnd();
  }
}
