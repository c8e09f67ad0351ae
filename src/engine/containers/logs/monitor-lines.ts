// Parses lines of conmon's log files (driver k8s-file, the format of the CRI): `TIMESTAMP stdout|stderr F|P CONTENT`
// with a fixed-width header. P is a piece of a line, F the end of one.
import { parseTimestamp } from "../../../api/time.ts";
import type { LineFormat } from "./lines.ts";

export const TIMESTAMP_LENGTH = 35;
const STREAM_OFFSET = TIMESTAMP_LENGTH + 1;
const FLAG_OFFSET = STREAM_OFFSET + "stdout".length + 1;
export const HEAD_LENGTH = FLAG_OFFSET + 2;

const FULL = 0x46;
/** Index of the letter in which "stdout" and "stderr" first differ. */
const DISTINCT_OFFSET = STREAM_OFFSET + 3;
const LETTER_O = 0x6f;

export const monitorLines: LineFormat = {
  parse(bytes, start, end) {
    if (end - start < HEAD_LENGTH) return undefined;
    const ends = bytes[start + FLAG_OFFSET] === FULL;
    return {
      stream: bytes[start + DISTINCT_OFFSET] === LETTER_O ? "stdout" : "stderr",
      content: bytes.subarray(start + HEAD_LENGTH, ends ? end + 1 : end),
      ends,
    };
  },
  timeOf(bytes, start) {
    return parseTimestamp(Buffer.from(bytes.buffer, bytes.byteOffset + start, TIMESTAMP_LENGTH).toString("latin1"));
  },
};
