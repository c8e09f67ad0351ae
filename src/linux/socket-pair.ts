// socketpair(2): two connected stream sockets, one of which is given to a child by number. Sockets rather than
// pipes because Bun's event loop takes a connected socket over whole: reading, its end and its closing.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;

const libc = dlopen(LIBC, {
  socketpair: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
}).symbols;

/** Both descriptors are closed on exec; a child gets one only by being handed it. The caller closes both. */
export function openSocketPair(): { ours: number; theirs: number } {
  const descriptors = new Int32Array(2);
  checked(libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ptr(descriptors)), "socketpair");
  const [ours = -1, theirs = -1] = descriptors;
  return { ours, theirs };
}
