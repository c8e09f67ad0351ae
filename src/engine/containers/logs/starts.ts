// Where in a log's files to start reading: at a time, at the last lines, or at the beginning.
import type { FileHandle } from "node:fs/promises";
import { contentOf, type LogFile, type OpenLog } from "./files.ts";
import type { LineFormat } from "./lines.ts";
import { offsetOfTail, offsetOfTime, type Tail } from "./seek.ts";
import { wholeLines } from "./whole-lines.ts";

const NEWLINE = 0x0a;

export interface LogRange {
  /** Nanoseconds since 1970. */
  since?: bigint;
  /** Number of last lines; undefined for all. */
  tail?: number;
}

export interface Starts {
  /** Files to read, oldest first, with offsets in uncompressed bytes. */
  rotated: { file: LogFile; offset: number }[];
  live: number;
  /** Size of the live file when the positions were found; a reader that does not follow stops there. */
  liveEnd: number;
  /** How many lines to skip. */
  skip: number;
}

export async function findStarts({ rotated, live }: OpenLog, format: LineFormat, range: LogRange): Promise<Starts> {
  const liveEnd = live ? (await live.stat()).size : 0;
  if (range.tail === undefined && range.since === undefined) {
    return { rotated: rotated.map((file) => ({ file, offset: 0 })), live: 0, liveEnd, skip: 0 };
  }
  const begin = await (live ? startIn(live, liveEnd, format, range) : { offset: 0, skip: 0, found: 0 });
  const starts: Starts = { rotated: [], live: begin.offset, liveEnd, skip: begin.skip };
  let reachesBack = begin.offset === 0;
  let missing = range.tail === undefined ? undefined : range.tail - begin.found;
  for (const file of [...rotated].reverse()) {
    if (!reachesBack || missing === 0) break;
    const wanted = { since: range.since, tail: missing };
    const start = await (file.compressed
      ? startByReading(file, format, wanted)
      : startIn(file.handle, (await file.handle.stat()).size, format, wanted, true));
    starts.rotated.unshift({ file, offset: start.offset });
    starts.skip = start.skip;
    reachesBack = start.offset === 0;
    if (missing !== undefined) missing -= start.found;
  }
  return starts;
}

async function startIn(
  handle: FileHandle,
  size: number,
  format: LineFormat,
  { since, tail }: LogRange,
  isContinued = false,
): Promise<Tail> {
  const sinceOffset = since === undefined ? 0 : await offsetOfTime(handle, size, format, since);
  if (tail === undefined) return { offset: sinceOffset, skip: 0, found: 0 };
  const start = await offsetOfTail(handle, size, format, tail, isContinued);
  return sinceOffset > start.offset ? { offset: sinceOffset, skip: 0, found: start.found } : start;
}

/** A compressed file has no random access: one pass records where the last lines start. */
async function startByReading(file: LogFile, format: LineFormat, { since, tail }: LogRange): Promise<Tail> {
  const lineStarts: number[] = [];
  let position = 0;
  let continues = false;
  for await (const bytes of wholeLines(contentOf(file, 0))) {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const time = since === undefined ? undefined : format.timeOf(bytes, start, end);
      const selected = since === undefined || (time !== undefined && time >= since);
      if (selected && !continues) lineStarts.push(position + start);
      continues = format.parse(bytes, start, end)?.ends === false;
      if (tail !== undefined && lineStarts.length > tail) lineStarts.shift();
      start = end + 1;
    }
    position += bytes.length;
  }
  return { offset: lineStarts[0] ?? position, skip: 0, found: lineStarts.length };
}
