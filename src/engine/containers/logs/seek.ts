// Finds a position in a log file without reading all of it. Lines are ordered by time, so a time is found by binary
// search, and the last lines by reading backwards.
import type { FileHandle } from "node:fs/promises";
import type { LineFormat, StreamName } from "./lines.ts";

const BLOCK_SIZE = 64 * 1024;
const NEWLINE = 0x0a;
/** Longer than any line: 16 KiB of content with every byte escaped, and attributes. */
const MAX_LINE = 256 * 1024;
/** How far back to search for the first pieces of a line, past lines of the other stream. */
const MAX_SEARCH = 256 * 1024;

async function readBlock(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** The start of the first line at or after `position`, with its time; undefined at the end of the file. */
async function lineAfter(
  file: FileHandle,
  format: LineFormat,
  position: number,
  size: number,
): Promise<{ start: number; time: bigint } | undefined> {
  let at = Math.max(position - 1, 0);
  let afterNewline = position === 0;
  while (at < size) {
    const block = await readBlock(file, at, BLOCK_SIZE);
    if (block.length === 0) return undefined;
    const newline = afterNewline ? -1 : block.indexOf(NEWLINE);
    if (!afterNewline && newline < 0) {
      at += block.length;
      continue;
    }
    const start = at + newline + 1;
    const line = await readBlock(file, start, MAX_LINE);
    const end = line.indexOf(NEWLINE);
    if (end < 0) return undefined;
    const time = format.timeOf(line, 0, end);
    if (time !== undefined) return { start, time };
    at = start;
    afterNewline = false;
  }
  return undefined;
}

/**
 * The offset of the first line written at `time` or later; `size` when there is none.
 * @param size of the file in bytes; what is written meanwhile does not count
 */
export async function offsetOfTime(file: FileHandle, size: number, format: LineFormat, time: bigint): Promise<number> {
  let low = 0;
  let high = size;
  // Invariant: every line that starts before `low` is older, every line that starts at or after `high` is not.
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const line = await lineAfter(file, format, middle, size);
    if (line === undefined || line.start >= high || line.time >= time) {
      high = middle;
    } else {
      low = line.start + 1;
    }
  }
  return (await lineAfter(file, format, low, size))?.start ?? size;
}

/** The position of the last lines. */
export interface Tail {
  offset: number;
  /** How many lines that end after `offset` to skip. */
  skip: number;
  /** Number of lines found: fewer than requested in a short file. */
  found: number;
}

/** The state of a backward search for one stream. */
interface Behind {
  /** Whether the start of a selected line has not been found yet. */
  open: boolean;
}

/**
 * The position of the last `count` lines. A line counts where it ends; its pieces may be further back, between lines of
 * the other stream.
 * @param size of the file in bytes; what is written meanwhile does not count
 * @param isContinued whether a line that is incomplete in this file continues in a later one
 */
export async function offsetOfTail(
  file: FileHandle,
  size: number,
  format: LineFormat,
  count: number,
  isContinued = false,
): Promise<Tail> {
  if (count === 0) return { offset: size, skip: 0, found: 0 };
  const streams: Record<StreamName, Behind> = { stdout: { open: false }, stderr: { open: false } };
  let offset = size;
  let found = 0;
  let passed = 0;
  let skip = 0;
  for await (const { start, stream, full } of linesBackwards(file, format, size)) {
    const behind = streams[stream];
    const begins = full || (!isContinued && !behind.open && found < count);
    if (begins && found < count) {
      found++;
      behind.open = true;
    } else if (full) {
      passed++;
      behind.open = false;
    }
    if (behind.open) {
      offset = start;
      skip = passed;
    }
    const complete = !streams.stdout.open && !streams.stderr.open;
    if (found === count && (complete || offset - start > MAX_SEARCH)) break;
  }
  return { offset, skip, found };
}

/** The lines of the file, last first, without a torn one at the end. */
async function* linesBackwards(
  file: FileHandle,
  format: LineFormat,
  size: number,
): AsyncGenerator<{ start: number; stream: StreamName; full: boolean }> {
  let blockStart = size;
  /** Loaded bytes not yet searched; they start at `blockStart`. */
  let rest: Uint8Array = new Uint8Array(0);
  while (blockStart > 0) {
    const length = Math.min(BLOCK_SIZE, blockStart);
    blockStart -= length;
    const block = await readBlock(file, blockStart, length);
    const bytes = rest.length === 0 ? block : Buffer.concat([block, rest]);
    let end = bytes.lastIndexOf(NEWLINE) + 1;
    // The first line's start is only known at the start of the file, or when a newline precedes it.
    while (end > 0) {
      const newline = end < 2 ? -1 : bytes.lastIndexOf(NEWLINE, end - 2);
      if (newline < 0 && blockStart > 0) break;
      const start = newline + 1;
      const line = format.parse(bytes, start, end - 1);
      if (line) yield { start: blockStart + start, stream: line.stream, full: line.ends };
      end = start;
    }
    rest = bytes.subarray(0, end);
  }
}
