// Pipes (pipe(7)).
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "./libc.ts";
import { O_CLOEXEC, O_NONBLOCK } from "./openat2.ts";

const FIONREAD = 0x541b;

const libc = dlopen(LIBC, {
  ioctl: { args: [FFIType.i32, FFIType.u64, FFIType.ptr], returns: FFIType.i32 },
  pipe2: { args: [FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
}).symbols;

/** Descriptors that do not block and that child processes do not inherit. */
export interface PipeEnds {
  read: number;
  write: number;
}

/** @throws SystemCallError */
export function openPipe(): PipeEnds {
  const ends = new Int32Array(2);
  checked(libc.pipe2(ptr(ends), O_CLOEXEC | O_NONBLOCK), "pipe2");
  const [read = -1, write = -1] = ends;
  return { read, write };
}

/** The number of unread bytes; the descriptor may be of either end. */
export function unreadBytes(descriptor: number): number {
  const count = new Int32Array(1);
  checked(libc.ioctl(descriptor, FIONREAD, ptr(count)), "ioctl");
  return count[0] ?? 0;
}
