// A log's lines one by one, for drivers that send them elsewhere: pieces joined, each with its time and stream.
import { endsLine, HEAD_LENGTH, type StreamName, streamOf, timeOfLine } from "./format.ts";

const NEWLINE = 0x0a;
/** A longer line goes out in parts, as with Docker's daemon. */
const LONGEST_MESSAGE = 16 * 1024;

export interface LogMessage {
  /** Nanoseconds since 1970. */
  time: bigint;
  stream: StreamName;
  /** Without its newline. */
  content: Buffer;
}

export class MessageReader {
  private readonly open: Record<StreamName, Buffer[]> = { stdout: [], stderr: [] };

  /** The messages that are complete with `bytes`, which start at a line and end after one. */
  *take(bytes: Uint8Array): Generator<LogMessage> {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) return;
      if (end - start >= HEAD_LENGTH) {
        const message = this.next(bytes, start, end);
        if (message) yield message;
      }
      start = end + 1;
    }
  }

  private next(bytes: Uint8Array, start: number, end: number): LogMessage | undefined {
    const stream = streamOf(bytes, start);
    const pieces = this.open[stream];
    pieces.push(Buffer.from(bytes.subarray(start + HEAD_LENGTH, end)));
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (!endsLine(bytes, start) && length < LONGEST_MESSAGE) return undefined;
    this.open[stream] = [];
    return { time: timeOfLine(bytes, start) ?? 0n, stream, content: Buffer.concat(pieces) };
  }
}
