// A socket that only keeps a port: bound and, for TCP, listening, so that no other program can have the port, with a
// filter that drops whatever reaches it.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { checked, LIBC } from "./libc.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ATTACH_FILTER = 26;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPPROTO_UDP = 17;

const libc = dlopen(LIBC, {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  setsockopt: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  listen: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
}).symbols;

/** One classic BPF instruction, "return 0": accept no byte of any packet. */
const dropAll = Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0, 0);

/**
 * Takes `port` on an address of 4 or 16 bytes (zeros: all of that family). `protocol` is the IP protocol's number.
 * @returns what lets go of it.
 * @throws SystemCallError EADDRINUSE, EADDRNOTAVAIL, …
 */
export function holdPort(address: Uint8Array, port: number, protocol: number): () => void {
  const family = address.length === 4 ? AF_INET : AF_INET6;
  const type = protocol === IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
  const descriptor = checked(libc.socket(family, type | SOCK_CLOEXEC, protocol), "socket");
  try {
    if (family === AF_INET6) setOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
    // Connections of an earlier server that linger in TIME_WAIT are no conflict. UDP knows no such thing, and there
    // the option would let two programs share the port.
    if (type === SOCK_STREAM) setOption(descriptor, SOL_SOCKET, SO_REUSEADDR);
    attachFilter(descriptor);
    const socketAddress = encodeSocketAddress(address, port);
    checked(libc.bind(descriptor, ptr(socketAddress), socketAddress.length), "bind");
    if (type === SOCK_STREAM) checked(libc.listen(descriptor, 0), "listen");
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
  return () => closeSync(descriptor);
}

function setOption(descriptor: number, level: number, option: number): void {
  const one = new Int32Array([1]);
  checked(libc.setsockopt(descriptor, level, option, ptr(one), 4), "setsockopt");
}

function attachFilter(descriptor: number): void {
  // struct sock_fprog: the count, then, aligned to eight bytes, the pointer to the instructions.
  const program = new BigUint64Array([1n, BigInt(ptr(dropAll))]);
  checked(libc.setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, ptr(program), 16), "setsockopt", "filter");
}

function encodeSocketAddress(address: Uint8Array, port: number): Uint8Array {
  const bytes = new Uint8Array(address.length === 4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, address.length === 4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port);
  bytes.set(address, address.length === 4 ? 4 : 8);
  return bytes;
}
