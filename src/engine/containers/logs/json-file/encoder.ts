// Turns the lines of the monitor's log into lines of Docker's json-file driver. Pieces of a line are joined, up to the
// length at which Docker's daemon cuts lines.
import { formatTimestamp } from "../../../../api/time.ts";
import type { StreamName } from "../lines.ts";
import { monitorLines, TIMESTAMP_LENGTH } from "../monitor-lines.ts";
import { MAX_GROWTH, writeEscaped } from "./escape.ts";

const NEWLINE = 0x0a;
/** Docker's daemon cuts longer lines. */
const MAX_CONTENT = 16 * 1024;
const LOG_FIELD = Buffer.from('{"log":"');
const TAIL_ROOM = 256;

/** The pieces of a line that has not ended yet. */
interface OpenLine {
  pieces: Uint8Array[];
  length: number;
  /** Where the first piece is in the monitor's log. */
  offset: number;
  /** How many messages were complete since. */
  completedSince: number;
  time: Uint8Array;
}

/** From where in the monitor's log the same messages come out again, and how many of those are written already. */
export interface ReplayPoint {
  offset: number;
  skip: number;
}

export class JsonFileEncoder {
  private readonly tails: Record<StreamName, Buffer>;
  private readonly attributes: string;
  private readonly open = new Map<StreamName, OpenLine>();
  private offset: number;
  private skip: number;
  private output = Buffer.alloc(0);
  private length = 0;
  private monitorStamp = Buffer.alloc(0);
  private stamp: Uint8Array = Buffer.alloc(0);

  /** @param attributes the JSON object of the labels, variables and tag that the driver's options name; empty: none */
  constructor(attributes: string, { offset, skip }: ReplayPoint) {
    this.attributes = attributes;
    this.tails = { stdout: this.tailOf("stdout"), stderr: this.tailOf("stderr") };
    this.offset = offset;
    this.skip = skip;
  }

  get replayPoint(): ReplayPoint {
    const [first] = [...this.open.values()].sort((a, b) => a.offset - b.offset);
    return first ? { offset: first.offset, skip: first.completedSince } : { offset: this.offset, skip: 0 };
  }

  /**
   * Encodes whole lines until the output has `limit` bytes or more.
   * @param bytes start at a line and end after one
   * @returns how many bytes of them were taken; the output is valid until the next call
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

  /** What is left of lines that have not ended, as messages of their own. */
  finish(): Uint8Array {
    this.length = 0;
    for (const [stream, line] of [...this.open]) {
      this.open.delete(stream);
      this.emit(stream, line.pieces, line.time);
    }
    return this.output.subarray(0, this.length);
  }

  private take(bytes: Uint8Array, start: number, end: number): void {
    const line = monitorLines.parse(bytes, start, end);
    if (!line) return;
    const { stream, content, ends } = line;
    const open = this.open.get(stream);
    if (ends && !open) {
      this.emit(stream, [content], this.stampOf(bytes, start));
      return;
    }
    const joined = open ?? { pieces: [], length: 0, offset: this.offset, completedSince: 0, time: this.stamp };
    // What was read is overwritten by the next reading.
    joined.pieces.push(ends ? content : Buffer.from(content));
    joined.length += content.length;
    joined.time = this.stampOf(bytes, start);
    if (ends || joined.length >= MAX_CONTENT) {
      this.open.delete(stream);
      this.emit(stream, joined.pieces, joined.time);
    } else if (!open) {
      this.open.set(stream, joined);
    }
  }

  private emit(stream: StreamName, pieces: readonly Uint8Array[], time: Uint8Array): void {
    for (const line of this.open.values()) line.completedSince++;
    if (this.skip > 0) {
      this.skip--;
      return;
    }
    const contentLength = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const tail = this.tails[stream];
    this.reserve(LOG_FIELD.length + contentLength * MAX_GROWTH + tail.length + TAIL_ROOM);
    const { output } = this;
    output.set(LOG_FIELD, this.length);
    let at = this.length + LOG_FIELD.length;
    for (const piece of pieces) at = writeEscaped(output, at, piece);
    output.set(tail, at);
    at += tail.length;
    output.set(time, at);
    this.length = at + time.length;
  }

  private reserve(room: number): void {
    if (this.length + room <= this.output.length) return;
    const grown = Buffer.allocUnsafe(Math.max(1 << 20, (this.length + room) * 2));
    grown.set(this.output.subarray(0, this.length));
    this.output = grown;
  }

  private tailOf(stream: StreamName): Buffer {
    const attributes = this.attributes === "" ? "" : `,"attrs":${this.attributes}`;
    return Buffer.from(`","stream":"${stream}"${attributes},"time":"`);
  }

  /** The line's time in Go's form with what ends the JSON line. All lines of one reading of the monitor share it. */
  private stampOf(bytes: Uint8Array, start: number): Uint8Array {
    if (!startsWith(bytes, start, this.monitorStamp)) {
      this.monitorStamp = Buffer.from(bytes.subarray(start, start + TIMESTAMP_LENGTH));
      this.stamp = Buffer.from(`${formatTimestamp(monitorLines.timeOf(bytes, start, start) ?? 0n)}"}\n`);
    }
    return this.stamp;
  }
}

/** Stamps of one second differ at their end. */
function startsWith(bytes: Uint8Array, start: number, stamp: Uint8Array): boolean {
  if (stamp.length === 0) return false;
  for (let index = stamp.length - 1; index >= 0; index--) {
    if (bytes[start + index] !== stamp[index]) return false;
  }
  return true;
}
