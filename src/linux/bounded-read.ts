// Reads whole files that others may write to meanwhile: a size looked up first would not be a limit.
import { closeSync, openSync, readSync } from "node:fs";

const CHUNK_LENGTH = 64 * 1024;

/** The text of the file at `path`; undefined when it is longer than `limit` bytes. @throws what opening or reading throws */
export function readFileUpTo(path: string, limit: number): string | undefined {
  const descriptor = openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_LENGTH);
      const count = readSync(descriptor, chunk);
      if (count === 0) return Buffer.concat(chunks, length).toString("utf8");
      length += count;
      if (length > limit) return undefined;
      chunks.push(chunk.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
}
