// Reads the first bytes of a file, to detect its compression.
import { closeSync, openSync, readSync } from "node:fs";
import { MAGIC_LENGTH } from "./compression.ts";

export function readStart(path: string): Uint8Array {
  const descriptor = openSync(path, "r");
  try {
    const start = new Uint8Array(MAGIC_LENGTH);
    return start.subarray(0, readSync(descriptor, start));
  } finally {
    closeSync(descriptor);
  }
}
