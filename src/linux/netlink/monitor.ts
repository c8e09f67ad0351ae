// Listens to netlink notifications on the event loop.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "../libc.ts";
import { decodeMessages, type IncomingMessage } from "./message.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;

/** Large enough for bursts, such as when a firewall is loaded. */
const BUFFER_LENGTH = 4 * 1024 * 1024;

const libc = dlopen(LIBC, {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  setsockopt: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
}).symbols;

export interface NetlinkListener {
  messages(messages: IncomingMessage[]): void;
  /** Notifications were lost, and listening has ended. */
  lost(): void;
}

/** Joins a multicast group of the protocol. @returns stops listening */
export async function listenToNetlink(protocol: number, group: number, listener: NetlinkListener): Promise<() => void> {
  const type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = checked(libc.socket(AF_NETLINK, type, protocol), "socket", "AF_NETLINK");
  const address = new Uint8Array(12);
  new DataView(address.buffer).setUint16(0, AF_NETLINK, true);
  checked(libc.bind(fd, ptr(address), address.length), "bind", "netlink");
  setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_LENGTH);
  setOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
  let ended = false;
  const lost = (): void => {
    if (!ended) listener.lost();
    ended = true;
  };
  const socket = await Bun.connect({
    fd,
    socket: {
      data: (_socket, data) => listener.messages(decodeMessages(data)),
      error: lost,
      close: lost,
    },
  });
  return () => {
    ended = true;
    socket.terminate();
  };
}

function setOption(descriptor: number, level: number, option: number, value: number): void {
  const bytes = new Int32Array([value]);
  checked(libc.setsockopt(descriptor, level, option, ptr(bytes), 4), "setsockopt", "netlink");
}
