// socketpair(2): two connected stream sockets, one of them for a child process. Sockets instead of pipes, because Bun's
// event loop handles reading, end of file and closing of a connected socket.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;

const libc = dlopen(LIBC, {
  socketpair: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
}).symbols;

/** Both descriptors have FD_CLOEXEC. The caller closes both. */
export function openSocketPair(): { ours: number; theirs: number } {
  const descriptors = new Int32Array(2);
  checked(libc.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ptr(descriptors)), "socketpair");
  const [ours = -1, theirs = -1] = descriptors;
  return { ours, theirs };
}
