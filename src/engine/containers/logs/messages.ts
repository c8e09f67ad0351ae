// Log messages for forwarding drivers: joined pieces of a line, with time and stream.
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

/** A position in one of the log's files, by its inode. */
export interface LogPlace {
  inode: number;
  offset: number;
}

/** Where to resume so that no message is lost: after `skip` messages of which pieces were already read. */
export interface ReplayPoint extends LogPlace {
  skip: number;
}

interface ReadMessage extends LogMessage {
  /** Where to resume once this message is sent. */
  next: ReplayPoint;
}

/** A message of which pieces were read. */
interface OpenMessage {
  pieces: Buffer[];
  length: number;
  start: LogPlace;
  /** Messages of the other stream that were completed since. */
  completedSince: number;
}

export class MessageReader {
  /** In the order of their starts. */
  private readonly open = new Map<StreamName, OpenMessage>();
  private skip: number;

  /** @param skip number of messages to skip, of a {@link ReplayPoint} */
  constructor(skip: number) {
    this.skip = skip;
  }

  /** The messages completed by `bytes`, which start at a line, at `place`, and end after one. */
  *take(bytes: Uint8Array, { inode, offset }: LogPlace): Generator<ReadMessage> {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) return;
      const line = monitorLines.parse(bytes, start, end);
      const content = line && this.join(line, { inode, offset: offset + start });
      const time = monitorLines.timeOf(bytes, start, end) ?? 0n;
      start = end + 1;
      if (!content) continue;
      for (const open of this.open.values()) open.completedSince++;
      if (this.skip > 0) this.skip--;
      else yield { time, stream: line.stream, content, next: this.replayPoint({ inode, offset: offset + start }) };
    }
  }

  private replayPoint(reached: LogPlace): ReplayPoint {
    const [first] = this.open.values();
    return first ? { ...first.start, skip: first.completedSince } : { ...reached, skip: 0 };
  }

  /** The content completed by this line, without its newline. */
  private join({ stream, content, ends }: LogLine, start: LogPlace): Buffer | undefined {
    const message = this.open.get(stream) ?? { pieces: [], length: 0, start, completedSince: 0 };
    const piece = Buffer.from(ends ? content.subarray(0, -1) : content);
    message.pieces.push(piece);
    message.length += piece.length;
    if (ends || message.length >= MAX_MESSAGE) {
      this.open.delete(stream);
      return Buffer.concat(message.pieces);
    }
    this.open.set(stream, message);
    return undefined;
  }
}
