// Unix sockets of types that Node and Bun do not support: SOCK_SEQPACKET for conmon's attach socket, and SOCK_DGRAM for
// syslog and systemd.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync, openSync } from "node:fs";
import { basename, dirname } from "node:path";
import { checked, LIBC } from "./libc.ts";

declare module "bun" {
  /** Bun also accepts a connected descriptor; its type declarations lack this overload. */
  function connect<Data = undefined>(options: FdSocketOptions<Data>): Promise<Socket<Data>>;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const FAMILY_LENGTH = 2;
const MSG_DONTWAIT = 0x40;
const O_PATH = 0o10000000;
const F_DUPFD_CLOEXEC = 1030;

const libc = dlopen(LIBC, {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  connect: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  recv: { args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i64_fast },
  fcntl: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
}).symbols;

/** A connected, non-blocking SOCK_SEQPACKET descriptor; the caller closes it. */
export function connectSequencedPacket(path: string): number {
  return connectTo(path, SOCK_SEQPACKET);
}

/** A connected, blocking SOCK_DGRAM descriptor; the caller closes it. "@name" is an abstract address. */
export function connectDatagram(path: string): number {
  return path.startsWith("@") ? connectToName(`\0${path.slice(1)}`, SOCK_DGRAM, path) : connectTo(path, SOCK_DGRAM);
}

/**
 * Receives a waiting packet into `buffer` at `offset`.
 * @returns its length; 0 if none is waiting or the peer has closed
 */
export function receiveWaitingPacket(descriptor: number, buffer: Uint8Array, offset: number): number {
  const room = buffer.length - offset;
  return Math.max(0, Number(libc.recv(descriptor, ptr(buffer, offset), room, MSG_DONTWAIT)));
}

/** Duplicates a socket, to read from it after its owner has closed it. */
export function duplicateSocket(descriptor: number): number {
  return checked(libc.fcntl(descriptor, F_DUPFD_CLOEXEC, 0), "fcntl");
}

/** Uses a descriptor of the directory, because an address has 107 bytes and the path may be longer. */
function connectTo(path: string, type: number): number {
  const directory = openSync(dirname(path), O_PATH);
  try {
    return connectToName(`/proc/self/fd/${directory}/${basename(path)}\0`, type, path);
  } finally {
    closeSync(directory);
  }
}

/** `name` is the whole address; an abstract one has no terminating NUL. */
function connectToName(name: string, type: number, path: string): number {
  const flags = SOCK_CLOEXEC | (type === SOCK_DGRAM ? 0 : SOCK_NONBLOCK);
  const descriptor = checked(libc.socket(AF_UNIX, type | flags, 0), "socket");
  try {
    const bytes = Buffer.from(name);
    const address = new Uint8Array(FAMILY_LENGTH + bytes.length);
    new DataView(address.buffer).setUint16(0, AF_UNIX, true);
    address.set(bytes, FAMILY_LENGTH);
    checked(libc.connect(descriptor, ptr(address), address.length), "connect", path);
    return descriptor;
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
}
