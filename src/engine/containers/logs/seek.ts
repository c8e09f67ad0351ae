// Finding a place in a log file without reading it all: its lines are in the order of time,
// so a time is found by halving, and the last lines by reading backwards.
import type { FileHandle } from "node:fs/promises";
import { endsLine, HEAD_LENGTH, timeOfLine } from "./format.ts";

const BLOCK_SIZE = 64 * 1024;
const NEWLINE = 0x0a;

async function readBlock(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** The start of the first line at or after `position`, with its time; undefined at the end of the file. */
async function lineAfter(
  file: FileHandle,
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
    const head = await readBlock(file, start, HEAD_LENGTH);
    if (head.length < HEAD_LENGTH) return undefined;
    const time = timeOfLine(head, 0);
    if (time !== undefined) return { start, time };
    at = start;
    afterNewline = false;
  }
  return undefined;
}

/** The offset of the first line written at `time` or later; the file's size when there is none. */
export async function offsetOfTime(file: FileHandle, time: bigint): Promise<number> {
  const { size } = await file.stat();
  let low = 0;
  let high = size;
  // Invariant: every line that starts before `low` is older, every line that starts at or after `high` is not.
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const line = await lineAfter(file, middle, size);
    if (line === undefined || line.start >= high || line.time >= time) {
      high = middle;
    } else {
      low = line.start + 1;
    }
  }
  return (await lineAfter(file, low, size))?.start ?? size;
}

/** The offset from which `count` lines are left, and how many lines were found when the file has fewer. */
export async function offsetOfTail(file: FileHandle, count: number): Promise<{ offset: number; found: number }> {
  const { size } = await file.stat();
  if (count === 0) return { offset: size, found: 0 };
  let found = 0;
  let lineEnd = size;
  let blockStart = size;
  let bytes = new Uint8Array(0);
  while (blockStart > 0) {
    const length = Math.min(BLOCK_SIZE, blockStart);
    blockStart -= length;
    bytes = Buffer.concat([
      await readBlock(file, blockStart, length),
      bytes.subarray(0, lineEnd - blockStart - length),
    ]);
    // Walk the lines that start inside what is loaded, last first; the first one's start is only known at offset 0.
    while (lineEnd > blockStart) {
      const newline = bytes.lastIndexOf(NEWLINE, lineEnd - blockStart - 2);
      if (newline < 0 && blockStart > 0) break;
      const lineStart = blockStart + newline + 1;
      const counts = endsLine(bytes, lineStart - blockStart) || lineEnd === size;
      if (counts) {
        if (found === count) return { offset: lineEnd, found };
        found++;
      }
      lineEnd = lineStart;
    }
  }
  return { offset: 0, found };
}
