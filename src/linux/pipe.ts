// pipe2(2): a pipe whose one end is given to a child by number.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "./libc.ts";

const O_CLOEXEC = 0o2000000;

const libc = dlopen(LIBC, { pipe2: { args: [FFIType.ptr, FFIType.i32], returns: FFIType.i32 } }).symbols;

/** Both descriptors are closed on exec; a child gets one only by being handed it. */
export function openPipe(): { readEnd: number; writeEnd: number } {
  const descriptors = new Int32Array(2);
  checked(libc.pipe2(ptr(descriptors), O_CLOEXEC), "pipe2");
  const [readEnd = -1, writeEnd = -1] = descriptors;
  return { readEnd, writeEnd };
}
