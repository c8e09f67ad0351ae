// Sockets inherited from the service manager (sd_listen_fds(3)).
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "./libc.ts";

const { i32 } = FFIType;
const libc = dlopen(LIBC, {
  getsockopt: { args: [i32, i32, i32, FFIType.ptr, FFIType.ptr], returns: i32 },
  fcntl: { args: [i32, i32, i32], returns: i32 },
}).symbols;

const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const SO_DOMAIN = 39;
const AF_UNIX = 1;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

/** The kind of a listening socket; undefined for any other descriptor. */
export function listeningSocketKind(descriptor: number): "unix" | "tcp" | undefined {
  try {
    if (socketOption(descriptor, SO_ACCEPTCONN) === 0) return undefined;
    return socketOption(descriptor, SO_DOMAIN) === AF_UNIX ? "unix" : "tcp";
  } catch {
    return undefined;
  }
}

/** Sets FD_CLOEXEC, so that child processes do not inherit the descriptor. */
export function closeOnExec(descriptor: number): void {
  checked(libc.fcntl(descriptor, F_SETFD, FD_CLOEXEC), "fcntl", "F_SETFD");
}

function socketOption(descriptor: number, option: number): number {
  const value = new Int32Array(1);
  const length = new Uint32Array([value.byteLength]);
  checked(libc.getsockopt(descriptor, SOL_SOCKET, option, ptr(value), ptr(length)), "getsockopt");
  return value[0] ?? 0;
}
