// Converts lines of the monitor's log to lines of Docker's json-file driver. Partial lines are joined, up to the length
// at which Docker's daemon splits lines.
import { formatTimestamp } from "../../../../api/time.ts";
import type { StreamName } from "../lines.ts";
import { HEAD_LENGTH, monitorLines } from "../monitor-lines.ts";
import { MAX_GROWTH, writeEscaped } from "./escape.ts";

const NEWLINE = 0x0a;
/** Docker's daemon splits longer lines. */
const MAX_CONTENT = 16 * 1024;
const LOG_FIELD = Buffer.from('{"log":"');

/** The header of a monitor's line, and what follows the content in the output line. */
interface Head {
  bytes: Uint8Array;
  stream: StreamName;
  /** Whether the line ends here. */
  ends: boolean;
  tail: Uint8Array;
}

/** The pieces of an incomplete line. */
interface OpenLine {
  pieces: Uint8Array[];
  length: number;
  /** Position of the first piece in the monitor's log. */
  offset: number;
  /** How many messages were completed since. */
  completedSince: number;
  tail: Uint8Array;
}

/** Where in the monitor's log to restart to get the same messages, and how many of them are already written. */
export interface ReplayPoint {
  offset: number;
  skip: number;
}

export class JsonFileEncoder {
  /** As a field of each line. */
  private readonly attributes: string;
  private readonly open = new Map<StreamName, OpenLine>();
  private offset: number;
  private skip: number;
  private output = Buffer.alloc(0);
  private length = 0;
  /** The header of the last line; undefined after a torn or invalid one. */
  private head: Head | undefined;

  /** @param attributes JSON object of the selected labels, variables and tag; empty: none */
  constructor(attributes: string, { offset, skip }: ReplayPoint) {
    this.attributes = attributes === "" ? "" : `,"attrs":${attributes}`;
    this.offset = offset;
    this.skip = skip;
  }

  get replayPoint(): ReplayPoint {
    const [first] = [...this.open.values()].sort((a, b) => a.offset - b.offset);
    return first ? { offset: first.offset, skip: first.completedSince } : { offset: this.offset, skip: 0 };
  }

  /**
   * Encodes whole lines until the output has at least `limit` bytes.
   * @param bytes start at a line and end after one
   * @returns how many input bytes were encoded; the output is valid until the next call
   */
  encode(bytes: Uint8Array, limit: number): { output: Uint8Array; taken: number } {
    this.length = 0;
    let start = 0;
    while (start < bytes.length && this.length < limit) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.take(bytes, start, end);
      this.offset += end + 1 - start;
      start = end + 1;
    }
    return { output: this.output.subarray(0, this.length), taken: start };
  }

  /** Writes the rest of incomplete lines as messages. */
  finish(): Uint8Array {
    this.length = 0;
    for (const [stream, line] of [...this.open]) {
      this.open.delete(stream);
      this.emitLine(line);
    }
    return this.output.subarray(0, this.length);
  }

  private take(bytes: Uint8Array, start: number, end: number): void {
    // Lines of the same read usually have the same header.
    if (!this.head || !startsWith(bytes, start, this.head.bytes)) this.head = this.headOf(bytes, start, end);
    if (!this.head) return;
    const { stream, ends, tail } = this.head;
    const open = this.open.get(stream);
    const contentStart = start + HEAD_LENGTH;
    if (ends && !open) {
      this.emit(bytes, contentStart, end + 1, tail);
      return;
    }
    const line = open ?? { pieces: [], length: 0, offset: this.offset, completedSince: 0, tail };
    // The next read overwrites the buffer.
    const piece = Buffer.from(bytes.subarray(contentStart, ends ? end + 1 : end));
    line.pieces.push(piece);
    line.length += piece.length;
    line.tail = tail;
    if (ends || line.length >= MAX_CONTENT) {
      this.open.delete(stream);
      this.emitLine(line);
    } else if (!open) {
      this.open.set(stream, line);
    }
  }

  private emitLine({ pieces, tail }: OpenLine): void {
    const content = Buffer.concat(pieces);
    this.emit(content, 0, content.length, tail);
  }

  /** Writes a message; its content is in `bytes`, from `start` to `end`. */
  private emit(bytes: Uint8Array, start: number, end: number, tail: Uint8Array): void {
    if (this.open.size > 0) for (const line of this.open.values()) line.completedSince++;
    if (this.skip > 0) {
      this.skip--;
      return;
    }
    this.reserve(LOG_FIELD.length + (end - start) * MAX_GROWTH + tail.length);
    const { output } = this;
    output.set(LOG_FIELD, this.length);
    const at = writeEscaped(output, this.length + LOG_FIELD.length, bytes, start, end);
    output.set(tail, at);
    this.length = at + tail.length;
  }

  private reserve(room: number): void {
    if (this.length + room <= this.output.length) return;
    const grown = Buffer.allocUnsafe(Math.max(1 << 20, (this.length + room) * 2));
    grown.set(this.output.subarray(0, this.length));
    this.output = grown;
  }

  private headOf(bytes: Uint8Array, start: number, end: number): Head | undefined {
    const line = monitorLines.parse(bytes, start, end);
    if (!line) return undefined;
    const { stream, ends } = line;
    const time = formatTimestamp(monitorLines.timeOf(bytes, start, end) ?? 0n);
    return {
      bytes: Buffer.from(bytes.subarray(start, start + HEAD_LENGTH)),
      stream,
      ends,
      tail: Buffer.from(`","stream":"${stream}"${this.attributes},"time":"${time}"}\n`),
    };
  }
}

/** Compares from the end: headers differ in the last digits of their time. */
function startsWith(bytes: Uint8Array, start: number, head: Uint8Array): boolean {
  for (let index = head.length - 1; index >= 0; index--) {
    if (bytes[start + index] !== head[index]) return false;
  }
  return true;
}
