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

export interface LogSelection {
  stdout: boolean;
  stderr: boolean;
  timestamps: boolean;
  /** What goes before each line with `--details`: "key=value,key=value". */
  details?: string;
  /** Whether the container had a terminal, whose output is not framed. */
  terminal: boolean;
}

export const endsLine = (bytes: Uint8Array, lineStart: number): boolean => bytes[lineStart + FLAG_OFFSET] === FULL;

/** The time of the line at `lineStart`, in nanoseconds since 1970; undefined for a torn line. */
export function timeOfLine(bytes: Uint8Array, lineStart: number): bigint | undefined {
  return parseTimestamp(Buffer.from(bytes.buffer, bytes.byteOffset + lineStart, TIMESTAMP_LENGTH).toString("latin1"));
}

/** Turns log file content into what the client receives. One encoder serves one reader: it remembers open lines. */
export class LogEncoder {
  private readonly selection: LogSelection;
  private readonly prefix: Uint8Array;
  /** Whether the last piece of each stream left its line open, so that the next one gets no second prefix. */
  private readonly open = { stdout: false, stderr: false };

  constructor(selection: LogSelection) {
    this.selection = selection;
    this.prefix = Buffer.from(selection.details === undefined ? "" : `${selection.details} `);
  }

  /** Encodes whole lines: `bytes` starts at a line and ends after a newline. */
  encode(bytes: Uint8Array): Uint8Array {
    const { selection } = this;
    const wantsPrefix = selection.timestamps || this.prefix.length > 0;
    // A frame's head is shorter than a line's, so only prefixes can make the output longer than the input.
    let output = Buffer.allocUnsafe(bytes.length + (wantsPrefix ? bytes.length : 0));
    let length = 0;
    let start = 0;
    while (start < bytes.length) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      const lineStart = start;
      start = end + 1;
      if (end - lineStart < HEAD_LENGTH) continue;
      const isStdout = bytes[lineStart + TELLING_OFFSET] === LETTER_O;
      if (!(isStdout ? selection.stdout : selection.stderr)) continue;
      const full = endsLine(bytes, lineStart);
      const name = isStdout ? "stdout" : "stderr";
      const prefix = wantsPrefix && !this.open[name] ? this.prefixOf(bytes, lineStart) : undefined;
      this.open[name] = !full;
      const content = bytes.subarray(lineStart + HEAD_LENGTH, full ? end + 1 : end);
      const payloadLength = content.length + (prefix?.length ?? 0);
      const needed = length + FRAME_HEADER_LENGTH + payloadLength;
      if (needed > output.length) output = Buffer.concat([output.subarray(0, length)], needed * 2);
      if (!selection.terminal) {
        output.writeUInt32BE((isStdout ? STDOUT : STDERR) * 0x1000000, length);
        output.writeUInt32BE(payloadLength, length + 4);
        length += FRAME_HEADER_LENGTH;
      }
      if (prefix) {
        output.set(prefix, length);
        length += prefix.length;
      }
      output.set(content, length);
      length += content.length;
    }
    return output.subarray(0, length);
  }

  private prefixOf(bytes: Uint8Array, lineStart: number): Uint8Array {
    if (!this.selection.timestamps) return this.prefix;
    const time = timeOfLine(bytes, lineStart);
    const stamp = time === undefined ? "" : `${fixedWidth(formatTimestamp(time))} `;
    return Buffer.concat([Buffer.from(stamp), this.prefix]);
  }
}

/** Docker's log timestamps always have nine decimals, so that they line up. */
function fixedWidth(timestamp: string): string {
  const [whole = "", fraction = ""] = timestamp.replace("Z", "").split(".");
  return `${whole}.${fraction.padEnd(9, "0")}Z`;
}
