// flock(2): file locks, which the kernel releases when their process ends.
import { dlopen, FFIType } from "bun:ffi";
import { closeSync, openSync } from "node:fs";
import { isErrno } from "./errno.ts";
import { checked, LIBC } from "./libc.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;

const libc = dlopen(LIBC, { flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 } }).symbols;

export interface FileLock {
  /** The locked file, open for writing. */
  descriptor: number;
  release(): void;
}

/** Locks the file at `path`, creating it if necessary; undefined if it is locked already, by this process or another. */
export function tryLock(path: string): FileLock | undefined {
  const descriptor = openSync(path, "a+", 0o600);
  try {
    checked(libc.flock(descriptor, LOCK_EX | LOCK_NB), "flock", path);
  } catch (thrown) {
    closeSync(descriptor);
    if (isErrno(thrown, "EAGAIN", "EWOULDBLOCK")) return undefined;
    throw thrown;
  }
  return { descriptor, release: () => closeSync(descriptor) };
}
