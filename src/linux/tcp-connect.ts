// Starts TCP connections in the network namespace of the calling thread. The event loop might create the socket later, in
// another one.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { isErrno } from "./errno.ts";
import { checked, LIBC, SystemCallError } from "./libc.ts";
import { encodeSocketAddress } from "./port-holder.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** tcpi_state, the first byte of struct tcp_info, before the peer has answered. */
const TCP_SYN_SENT = 2;

const { i32, u32, ptr: pointer } = FFIType;
const libc = dlopen(LIBC, {
  socket: { args: [i32, i32, i32], returns: i32 },
  connect: { args: [i32, pointer, u32], returns: i32 },
  getsockopt: { args: [i32, i32, i32, pointer, pointer], returns: i32 },
}).symbols;

/**
 * Starts to connect to an address of 4 or 16 bytes, in the network namespace of this thread.
 * @returns a non-blocking descriptor, which the caller closes. @throws SystemCallError if it fails immediately
 */
export function beginConnection(address: Uint8Array, port: number): number {
  const family = address.length === 4 ? AF_INET : AF_INET6;
  const descriptor = checked(libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  try {
    const socketAddress = encodeSocketAddress(address, port);
    checked(libc.connect(descriptor, ptr(socketAddress), socketAddress.length), "connect");
  } catch (thrown) {
    if (!isErrno(thrown, "EINPROGRESS")) {
      closeSync(descriptor);
      throw thrown;
    }
  }
  return descriptor;
}

/** Whether the connection is established; false while it is in progress. @throws SystemCallError if it failed */
export function isConnected(descriptor: number): boolean {
  const errno = intOption(descriptor, SOL_SOCKET, SO_ERROR);
  if (errno !== 0) throw new SystemCallError("connect", errno);
  return (intOption(descriptor, IPPROTO_TCP, TCP_INFO) & 0xff) !== TCP_SYN_SENT;
}

function intOption(descriptor: number, level: number, option: number): number {
  const value = new Uint32Array(1);
  const length = new Uint32Array([value.byteLength]);
  checked(libc.getsockopt(descriptor, level, option, ptr(value), ptr(length)), "getsockopt");
  return value[0] ?? 0;
}
