// Parses lines of Docker's json-file driver:
// `{"log":"content\n","stream":"stdout","attrs":{…},"time":"2026-11-30T09:00:00.123456789Z"}`.
import { parseTimestamp } from "../../../../api/time.ts";
import type { LineFormat } from "../lines.ts";

const LOG_FIELD = Buffer.from('{"log":"');
const STREAM_FIELD = Buffer.from('","stream":"std');
const TIME_FIELD = Buffer.from(',"time":"');
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const LETTER_E = 0x65;
const NEWLINE = 0x0a;

export const jsonFileLines: LineFormat = {
  parse(bytes, start, end) {
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    // A quote in the content is escaped, so the first match is the end of the content.
    const contentEnd = line.indexOf(STREAM_FIELD);
    if (contentEnd < LOG_FIELD.length || !line.subarray(0, LOG_FIELD.length).equals(LOG_FIELD)) return undefined;
    const escaped = line.subarray(LOG_FIELD.length, contentEnd);
    const content = unescaped(escaped);
    if (!content) return undefined;
    const ends = content.at(-1) === NEWLINE;
    return { stream: line[contentEnd + STREAM_FIELD.length] === LETTER_E ? "stderr" : "stdout", content, ends };
  },
  timeOf(bytes, start, end) {
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
    const at = line.lastIndexOf(TIME_FIELD);
    return at < 0 ? undefined : parseTimestamp(line.toString("latin1", at + TIME_FIELD.length, line.length - 2));
  },
};

/** Unescapes the inside of a JSON string; undefined when invalid. */
function unescaped(escaped: Buffer): Buffer | undefined {
  const first = escaped.indexOf(BACKSLASH);
  if (first < 0) return escaped;
  // In most lines only the newline is escaped.
  if (first === escaped.length - 2 && escaped[first + 1] === LETTER_N) {
    const content = Buffer.allocUnsafe(escaped.length - 1);
    content.set(escaped.subarray(0, -2));
    content[first] = NEWLINE;
    return content;
  }
  try {
    const text: unknown = JSON.parse(`"${escaped.toString("utf8")}"`);
    return typeof text === "string" ? Buffer.from(text) : undefined;
  } catch {
    return undefined;
  }
}
