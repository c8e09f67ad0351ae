// gRPC's length-prefixed messages: a flag byte (compressed or not), four bytes of length, the message.
import { GrpcError, statusCodes } from "./status.ts";

const PREFIX_LENGTH = 5;
/** BuildKit's maximum message size. */
export const MAX_MESSAGE_LENGTH = 16 * 1024 * 1024;

export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_LENGTH + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_LENGTH);
  return frame;
}

/** Splits a byte stream into messages. */
export class FrameDecoder {
  private readonly chunks: Buffer[] = [];
  private buffered = 0;
  /** Length of the message whose prefix has been read. */
  private expected: number | undefined;

  /**
   * The messages completed by this chunk.
   * @throws GrpcError for a compressed or too long message; the stream is unusable afterwards
   */
  push(chunk: Buffer): Buffer[] {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
    const messages: Buffer[] = [];
    for (;;) {
      if (this.expected === undefined) {
        if (this.buffered < PREFIX_LENGTH) return messages;
        this.expected = lengthOf(this.take(PREFIX_LENGTH));
      }
      if (this.buffered < this.expected) return messages;
      messages.push(this.take(this.expected));
      this.expected = undefined;
    }
  }

  /** Whether the stream ended inside a message. */
  get isIncomplete(): boolean {
    return this.buffered > 0 || this.expected !== undefined;
  }

  private take(length: number): Buffer {
    this.buffered -= length;
    const first = this.chunks[0];
    if (first !== undefined && first.length >= length) {
      if (first.length === length) this.chunks.shift();
      else this.chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const taken = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.chunks.shift();
      if (chunk === undefined) break;
      const used = chunk.subarray(0, length - filled);
      taken.set(used, filled);
      filled += used.length;
      if (used.length < chunk.length) this.chunks.unshift(chunk.subarray(used.length));
    }
    return taken;
  }
}

function lengthOf(prefix: Buffer): number {
  if (prefix[0] !== 0) {
    throw new GrpcError(statusCodes.unimplemented, "grpc: compressed messages are not supported");
  }
  const length = prefix.readUInt32BE(1);
  if (length > MAX_MESSAGE_LENGTH) {
    throw new GrpcError(
      statusCodes.resourceExhausted,
      `grpc: received message larger than max (${length} vs. ${MAX_MESSAGE_LENGTH})`,
    );
  }
  return length;
}
