// The number of unread bytes in a pipe (pipe(7), FIONREAD).
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "./libc.ts";

const FIONREAD = 0x541b;

const libc = dlopen(LIBC, {
  ioctl: { args: [FFIType.i32, FFIType.u64, FFIType.ptr], returns: FFIType.i32 },
}).symbols;

/** The number of unread bytes; the descriptor may be of either end. */
export function unreadBytes(descriptor: number): number {
  const count = new Int32Array(1);
  checked(libc.ioctl(descriptor, FIONREAD, ptr(count)), "ioctl");
  return count[0] ?? 0;
}
