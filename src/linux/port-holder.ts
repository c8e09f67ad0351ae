// A socket that reserves a port of the host: bound and, for TCP, listening, so that no other program can bind it. It gets
// packets only if the kernel did not translate them, and has a filter for those.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { checked, LIBC } from "./libc.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_ATTACH_FILTER = 26;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPPROTO_UDP = 17;
const BACKLOG = 128;

const libc = dlopen(LIBC, {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  setsockopt: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  listen: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
}).symbols;

/** Which packets the filter admits: none, those to ::1, or all. Others are dropped without an answer. */
export type Admission = "nothing" | "loopback" | "everything";

const LOAD_WORD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const WHOLE_PACKET = 0xffffffff;
/** SKF_NET_OFF: offsets from here on are relative to the network header. */
const NETWORK_HEADER = 0xfff00000;
const DESTINATION_WORDS = [24, 28, 32, 36].map((offset) => NETWORK_HEADER + offset);
const LOOPBACK_WORDS = [0, 0, 0, 1];

/** Classic BPF instructions: code, jump when true, jump when false, operand. */
type Instruction = [code: number, onTrue: number, onFalse: number, operand: number];

const dropAll: Instruction[] = [[RETURN, 0, 0, 0]];
const dropAllButLoopback: Instruction[] = [
  ...DESTINATION_WORDS.flatMap((offset, index): Instruction[] => [
    [LOAD_WORD, 0, 0, offset],
    // A mismatch jumps to the last instruction.
    [JUMP_IF_EQUAL, 0, 2 * (DESTINATION_WORDS.length - index) - 1, LOOPBACK_WORDS[index] ?? 0],
  ]),
  [RETURN, 0, 0, WHOLE_PACKET],
  [RETURN, 0, 0, 0],
];

/**
 * Reserves `port` on an address of 4 or 16 bytes; zeros for all addresses. `protocol` is the IP protocol number.
 * @returns the descriptor, which the caller closes.
 * @throws SystemCallError EADDRINUSE, EADDRNOTAVAIL, …
 */
export function holdPort(address: Uint8Array, port: number, protocol: number, admission: Admission): number {
  const family = address.length === 4 ? AF_INET : AF_INET6;
  const type = protocol === IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
  const descriptor = checked(libc.socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol), "socket");
  try {
    if (family === AF_INET6) setOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
    // Allows the port while old connections are in TIME_WAIT. With UDP the option would let two programs share the port.
    if (type === SOCK_STREAM) setOption(descriptor, SOL_SOCKET, SO_REUSEADDR);
    if (admission !== "everything") attachFilter(descriptor, admission === "nothing" ? dropAll : dropAllButLoopback);
    const socketAddress = encodeSocketAddress(address, port);
    checked(libc.bind(descriptor, ptr(socketAddress), socketAddress.length), "bind");
    if (type === SOCK_STREAM) checked(libc.listen(descriptor, BACKLOG), "listen");
    return descriptor;
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
}

function setOption(descriptor: number, level: number, option: number): void {
  const one = new Int32Array([1]);
  checked(libc.setsockopt(descriptor, level, option, ptr(one), 4), "setsockopt");
}

function attachFilter(descriptor: number, instructions: Instruction[]): void {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, [code, onTrue, onFalse, operand]] of instructions.entries()) {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, onTrue);
    view.setUint8(index * 8 + 3, onFalse);
    view.setUint32(index * 8 + 4, operand, true);
  }
  // struct sock_fprog: the number of instructions and, aligned to eight bytes, their address.
  const program = new BigUint64Array([BigInt(instructions.length), BigInt(ptr(bytes))]);
  checked(libc.setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, ptr(program), 16), "setsockopt", "filter");
}

/** struct sockaddr_in or sockaddr_in6 of an address of 4 or 16 bytes. */
export function encodeSocketAddress(address: Uint8Array, port: number): Uint8Array {
  const bytes = new Uint8Array(address.length === 4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, address.length === 4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port);
  bytes.set(address, address.length === 4 ? 4 : 8);
  return bytes;
}
