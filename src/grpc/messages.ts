// The incoming messages of an HTTP/2 stream, with back-pressure.
import type { Http2Stream } from "node:http2";
import { FrameDecoder } from "./framing.ts";
import { GrpcError, statusCodes } from "./status.ts";

/** Bytes of unread messages that are buffered before the peer is paused. */
const READ_AHEAD = 256 * 1024;

export class IncomingMessages implements AsyncIterable<Uint8Array> {
  private readonly stream: Http2Stream;
  private readonly decoder = new FrameDecoder();
  private readonly waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private isPaused = false;
  private isEnded = false;
  private failure: unknown;
  private wake: () => void = () => {};

  constructor(stream: Http2Stream) {
    this.stream = stream;
    stream.on("data", (chunk: Buffer) => this.accept(chunk));
  }

  /**
   * Closes the queue; readers get the end or the error. Only the first call has an effect. An end inside a message is
   * an error.
   */
  finish(failure?: unknown): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.failure =
      failure === undefined && this.decoder.isIncomplete
        ? new GrpcError(statusCodes.internal, "the stream ended inside a message")
        : failure;
    this.wake();
  }

  /** The next message; undefined at the end. @throws GrpcError */
  async next(): Promise<Uint8Array | undefined> {
    while (this.waiting.length === 0) {
      if (this.failure !== undefined) throw this.failure;
      if (this.isEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const message = this.waiting.shift();
    this.waitingBytes -= message?.length ?? 0;
    if (this.isPaused && this.waitingBytes < READ_AHEAD / 2) {
      this.isPaused = false;
      this.stream.resume();
    }
    return message;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for (let message = await this.next(); message !== undefined; message = await this.next()) yield message;
  }

  private accept(chunk: Buffer): void {
    if (this.isEnded) return;
    try {
      for (const message of this.decoder.push(chunk)) {
        this.waiting.push(message);
        this.waitingBytes += message.length;
      }
    } catch (thrown) {
      this.finish(thrown);
      return;
    }
    if (!this.isPaused && this.waitingBytes > READ_AHEAD) {
      this.isPaused = true;
      this.stream.pause();
    }
    this.wake();
  }
}
