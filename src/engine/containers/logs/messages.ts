// The lines of a log for drivers that forward them: pieces joined, each with its time and stream.
import type { LogLine, StreamName } from "./lines.ts";
import { monitorLines } from "./monitor-lines.ts";

const NEWLINE = 0x0a;
/** Longer lines are split, as by Docker's daemon. */
const MAX_MESSAGE = 16 * 1024;

export interface LogMessage {
  /** Nanoseconds since 1970. */
  time: bigint;
  stream: StreamName;
  /** Without its newline. */
  content: Buffer;
}

interface ReadMessage extends LogMessage {
  /** Where its last line ends in the bytes that were read. */
  end: number;
}

export class MessageReader {
  private readonly open: Record<StreamName, Buffer[]> = { stdout: [], stderr: [] };

  /** The messages completed by `bytes`, which start at a line and end after one. */
  *take(bytes: Uint8Array): Generator<ReadMessage> {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) return;
      const line = monitorLines.parse(bytes, start, end);
      const content = line && this.join(line);
      const time = monitorLines.timeOf(bytes, start, end) ?? 0n;
      start = end + 1;
      if (content) yield { time, stream: line.stream, content, end: start };
    }
  }

  /** The content completed by this line, without its newline. */
  private join({ stream, content, ends }: LogLine): Buffer | undefined {
    const pieces = this.open[stream];
    pieces.push(Buffer.from(ends ? content.subarray(0, -1) : content));
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (!ends && length < MAX_MESSAGE) return undefined;
    this.open[stream] = [];
    return Buffer.concat(pieces);
  }
}
