// The service manager's end of sd_notify(3); Bun has no unix datagram sockets.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync } from "node:fs";

const { i32, u64 } = FFIType;
const libc = dlopen("libc.so.6", {
  socket: { args: [i32, i32, i32], returns: i32 },
  bind: { args: [i32, FFIType.ptr, i32], returns: i32 },
  recv: { args: [i32, FFIType.ptr, u64, i32], returns: FFIType.i64 },
}).symbols;

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;

export class NotifySocket {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const address = Buffer.from(`\x01\0${path}\0`, "latin1");
    if (libc.bind(this.#descriptor, ptr(address), address.length) !== 0) throw new Error(`cannot bind ${path}`);
  }

  /** The oldest unread message. */
  take(): string | undefined {
    const message = new Uint8Array(4096);
    const length = Number(libc.recv(this.#descriptor, ptr(message), message.length, MSG_DONTWAIT));
    return length < 0 ? undefined : Buffer.from(message.subarray(0, length)).toString();
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
