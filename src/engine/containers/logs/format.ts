// The log file's lines as conmon writes them (driver k8s-file), and what clients get of them.
// A line is `TIMESTAMP stdout|stderr F|P CONTENT`, its head of fixed width: P is a piece of a line, F its end.
import { FRAME_HEADER_LENGTH, STDERR, STDOUT } from "../../../api/streams.ts";
import { formatTimestamp, parseTimestamp } from "../../../api/time.ts";

const TIMESTAMP_LENGTH = 35;
const STREAM_OFFSET = TIMESTAMP_LENGTH + 1;
const FLAG_OFFSET = STREAM_OFFSET + "stdout".length + 1;
export const HEAD_LENGTH = FLAG_OFFSET + 2;

const NEWLINE = 0x0a;
const FULL = 0x46;
/** The letter in which "stdout" and "stderr" first differ. */
const TELLING_OFFSET = STREAM_OFFSET + 3;
const LETTER_O = 0x6f;
/** Pieces of a line are joined up to this many bytes, as Docker's daemon does. */
const JOINED_LENGTH = 16 * 1024;

export type StreamName = "stdout" | "stderr";

export interface LogSelection {
  stdout: boolean;
  stderr: boolean;
  timestamps: boolean;
  /** What goes before each line with `--details`: "key=value,key=value". */
  details?: string;
  /** Whether the container had a terminal, whose output is not framed. */
  terminal: boolean;
  /** False for the bare bytes of both streams also without a terminal. */
  framed?: boolean;
  /** Whether each piece goes out as it was written, also where its line has not ended yet. */
  pieces?: boolean;
}

export const endsLine = (bytes: Uint8Array, lineStart: number): boolean => bytes[lineStart + FLAG_OFFSET] === FULL;

export const streamOf = (bytes: Uint8Array, lineStart: number): StreamName =>
  bytes[lineStart + TELLING_OFFSET] === LETTER_O ? "stdout" : "stderr";

/** The time of the line at `lineStart`, in nanoseconds since 1970; undefined for a torn line. */
export function timeOfLine(bytes: Uint8Array, lineStart: number): bigint | undefined {
  return parseTimestamp(Buffer.from(bytes.buffer, bytes.byteOffset + lineStart, TIMESTAMP_LENGTH).toString("latin1"));
}

/** The pieces of a line that has not ended yet. */
interface OpenLine {
  pieces: Uint8Array[];
  length: number;
  /** Whether a part of it is out already, so that the next one gets no second prefix. */
  begun: boolean;
}

/** Turns log file content into what the client receives. One encoder serves one reader: it remembers open lines. */
export class LogEncoder {
  private readonly selection: LogSelection;
  private readonly details: Uint8Array;
  private readonly hasPrefix: boolean;
  private readonly framed: boolean;
  private readonly open: Record<StreamName, OpenLine> = { stdout: noLine(), stderr: noLine() };
  /** Lines of either stream that are still to be passed over. */
  private skipped: number;
  private output = Buffer.alloc(0);
  private length = 0;

  /** @param skip how many lines, whole ones, to pass over at first */
  constructor(selection: LogSelection, skip = 0) {
    this.selection = selection;
    this.details = Buffer.from(selection.details === undefined ? "" : `${selection.details} `);
    this.hasPrefix = selection.timestamps || this.details.length > 0;
    this.framed = !selection.terminal && selection.framed !== false;
    this.skipped = skip;
  }

  /** Encodes whole lines: `bytes`, which the caller leaves alone from here on, starts at a line and ends after one. */
  encode(bytes: Uint8Array): Uint8Array {
    // A frame's head is shorter than a line's, so only prefixes and lines held back make the output longer.
    this.output = Buffer.allocUnsafe(bytes.length + (this.hasPrefix ? bytes.length : 0) + JOINED_LENGTH);
    this.length = 0;
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      if (end - start >= HEAD_LENGTH) this.take(bytes, start, end);
      start = end + 1;
    }
    return this.output.subarray(0, this.length);
  }

  /** What is left of lines that never ended. */
  finish(): Uint8Array {
    this.output = Buffer.allocUnsafe(2 * JOINED_LENGTH);
    this.length = 0;
    for (const name of ["stdout", "stderr"] as const) {
      const line = this.open[name];
      if (line.length > 0) this.emit(name, line, undefined);
    }
    return this.output.subarray(0, this.length);
  }

  private take(bytes: Uint8Array, start: number, end: number): void {
    const name = streamOf(bytes, start);
    const full = endsLine(bytes, start);
    if (full && this.skipped > 0) {
      this.skipped--;
      this.open[name] = noLine();
      return;
    }
    if (!this.selection[name]) return;
    const line = this.open[name];
    const content = bytes.subarray(start + HEAD_LENGTH, full ? end + 1 : end);
    if (line.length === 0 && !line.begun && this.hasPrefix) {
      const prefix = this.prefixOf(bytes, start);
      line.pieces.push(prefix);
      line.length = prefix.length;
    }
    if (full) {
      this.emit(name, line, content);
      line.begun = false;
      return;
    }
    line.pieces.push(content);
    line.length += content.length;
    if (this.selection.pieces || line.length >= JOINED_LENGTH) {
      this.emit(name, line, undefined);
      line.begun = true;
    }
  }

  private emit(name: StreamName, line: OpenLine, last: Uint8Array | undefined): void {
    const payloadLength = line.length + (last?.length ?? 0);
    const needed = this.length + FRAME_HEADER_LENGTH + payloadLength;
    if (needed > this.output.length) this.output = Buffer.concat([this.output.subarray(0, this.length)], needed * 2);
    if (this.framed) {
      this.output.writeUInt32BE((name === "stdout" ? STDOUT : STDERR) * 0x1000000, this.length);
      this.output.writeUInt32BE(payloadLength, this.length + 4);
      this.length += FRAME_HEADER_LENGTH;
    }
    if (line.pieces.length > 0) {
      for (const piece of line.pieces) this.append(piece);
      line.pieces = [];
      line.length = 0;
    }
    if (last) this.append(last);
  }

  private append(bytes: Uint8Array): void {
    this.output.set(bytes, this.length);
    this.length += bytes.length;
  }

  private prefixOf(bytes: Uint8Array, lineStart: number): Uint8Array {
    if (!this.selection.timestamps) return this.details;
    const time = timeOfLine(bytes, lineStart);
    const stamp = time === undefined ? "" : `${fixedWidth(formatTimestamp(time))} `;
    return Buffer.concat([Buffer.from(stamp), this.details]);
  }
}

const noLine = (): OpenLine => ({ pieces: [], length: 0, begun: false });

/** Docker's log timestamps always have nine decimals, so that they line up. */
function fixedWidth(timestamp: string): string {
  const [whole = "", fraction = ""] = timestamp.replace("Z", "").split(".");
  return `${whole}.${fraction.padEnd(9, "0")}Z`;
}
