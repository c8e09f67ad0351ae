// Encodes log lines for clients: framed or bare, with timestamps and details on request.
import { FRAME_HEADER_LENGTH, STDERR, STDOUT } from "../../../api/streams.ts";
import { formatTimestamp } from "../../../api/time.ts";
import type { LineFormat, StreamName } from "./lines.ts";

const NEWLINE = 0x0a;
/** Pieces of a line are joined up to this many bytes, as Docker's daemon does. */
const JOINED_LENGTH = 16 * 1024;

export interface LogSelection {
  stdout: boolean;
  stderr: boolean;
  timestamps: boolean;
  /** Prefix of each line with `--details`: "key=value,key=value". */
  details?: string;
  /** Whether the container had a terminal, whose output is not framed. */
  terminal: boolean;
  /** False for bare bytes even without a terminal. */
  framed?: boolean;
  /** Whether to send pieces of a line before it is complete. */
  pieces?: boolean;
}

/** The pieces of an incomplete line. */
interface OpenLine {
  pieces: Uint8Array[];
  length: number;
  /** Whether a part of it was sent, with the prefix. */
  begun: boolean;
}

/** Encodes the content of log files for one reader; it keeps the state of open lines. */
export class LogEncoder {
  private readonly format: LineFormat;
  private readonly selection: LogSelection;
  private readonly details: Uint8Array;
  private readonly hasPrefix: boolean;
  private readonly framed: boolean;
  private readonly open: Record<StreamName, OpenLine> = { stdout: noLine(), stderr: noLine() };
  /** Lines of either stream still to skip. */
  private skipped: number;
  private output = Buffer.alloc(0);
  private length = 0;

  /** @param skip how many whole lines to skip */
  constructor(format: LineFormat, selection: LogSelection, skip = 0) {
    this.format = format;
    this.selection = selection;
    this.details = Buffer.from(selection.details === undefined ? "" : `${selection.details} `);
    this.hasPrefix = selection.timestamps || this.details.length > 0;
    this.framed = !selection.terminal && selection.framed !== false;
    this.skipped = skip;
  }

  /** Encodes whole lines. `bytes` starts at a line, ends after one, and must not be changed afterwards. */
  encode(bytes: Uint8Array): Uint8Array {
    // A frame's header is shorter than a line's: only prefixes and incomplete lines make the output longer.
    this.output = Buffer.allocUnsafe(bytes.length + (this.hasPrefix ? bytes.length : 0) + JOINED_LENGTH);
    this.length = 0;
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.take(bytes, start, end);
      start = end + 1;
    }
    return this.output.subarray(0, this.length);
  }

  /** The rest of lines that were never completed. */
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
    const parsed = this.format.parse(bytes, start, end);
    if (!parsed) return;
    const { stream: name, content, ends: full } = parsed;
    if (full && this.skipped > 0) {
      this.skipped--;
      this.open[name] = noLine();
      return;
    }
    if (!this.selection[name]) return;
    const line = this.open[name];
    if (line.length === 0 && !line.begun && this.hasPrefix) {
      const prefix = this.prefixOf(bytes, start, end);
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

  private prefixOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
    if (!this.selection.timestamps) return this.details;
    const time = this.format.timeOf(bytes, start, end);
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
