// Reads whole files up to a limit. Checking the size first would not be one: others may write to the file meanwhile.
import { closeSync, openSync, readSync } from "node:fs";

const CHUNK_LENGTH = 64 * 1024;

/** The text of the file at `path`; undefined when it is longer than `limit` bytes. @throws what opening or reading throws */
export function readFileUpTo(path: string, limit: number): string | undefined {
  const descriptor = openSync(path, "r");
  try {
    return readUpTo(descriptor, limit)?.toString("utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** The rest of an open file; undefined when that is longer than `limit` bytes. */
export function readUpTo(descriptor: number, limit: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_LENGTH, limit + 1 - length));
    const count = readSync(descriptor, chunk);
    if (count === 0) return Buffer.concat(chunks, length);
    length += count;
    if (length > limit) return undefined;
    chunks.push(chunk.subarray(0, count));
  }
}
