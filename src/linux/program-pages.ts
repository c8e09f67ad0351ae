// The pages of this program's code that are mapped into memory.
import { dlopen, FFIType } from "bun:ffi";
import { readFileSync } from "node:fs";
import { checked, LIBC } from "./libc.ts";

const MADV_DONTNEED = 4;

const libc = dlopen(LIBC, {
  madvise: { args: [FFIType.u64, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
}).symbols;

/** A mapping of a file's code: nothing writes to it, so its pages can be read from the file again. */
const CODE_MAPPING = /^([0-9a-f]+)-([0-9a-f]+) r-xp [0-9a-f]+ \S+ [1-9]\d* /gm;

/**
 * Unmaps the code of this program and its libraries. The kernel maps what runs again, mostly from its page cache and 16
 * pages at a time, so this costs a few milliseconds and leaves out what only the start of the program needed.
 * @throws SystemCallError
 */
export function unmapProgramPages(): void {
  for (const [, start, end] of readFileSync("/proc/self/maps", "latin1").matchAll(CODE_MAPPING)) {
    const address = BigInt(`0x${start}`);
    checked(libc.madvise(address, BigInt(`0x${end}`) - address, MADV_DONTNEED), "madvise");
  }
}
