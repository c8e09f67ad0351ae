// A netlink socket. The kernel answers requests within the call, so everything is synchronous. A socket stays in the
// network namespace in which it was opened.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { checked, LIBC, SystemCallError } from "../libc.ts";
import {
  decodeAttributes,
  decodeMessages,
  encodedLength,
  encodeMessage,
  HEADER_LENGTH,
  type IncomingMessage,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  type OutgoingMessage,
  textOf,
} from "./message.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_ACK_TLVS = 0x200;
const ERROR_TEXT = 1;

const RECEIVE_BUFFER_LENGTH = 64 * 1024;
/** Answers are immediate; the timeout only prevents a hang in case of a kernel bug. */
const RECEIVE_TIMEOUT_SECONDS = 10n;

export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;

const libc = dlopen(LIBC, {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  setsockopt: { args: [FFIType.i32, FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  getsockname: { args: [FFIType.i32, FFIType.ptr, FFIType.ptr], returns: FFIType.i32 },
  send: { args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
  recv: { args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
}).symbols;

const receiveBuffer = new Uint8Array(RECEIVE_BUFFER_LENGTH);

/** The error of an NLMSG_ERROR message; undefined for an acknowledgement. */
export function errorOf(message: IncomingMessage, what: string): SystemCallError | undefined {
  const errno = -new DataView(message.body.buffer, message.body.byteOffset).getInt32(0, true);
  if (errno === 0) return undefined;
  const attributes = message.flags & NLM_F_ACK_TLVS ? decodeAttributes(message.body, 4 + HEADER_LENGTH) : new Map();
  return new SystemCallError("netlink", errno, [what, textOf(attributes.get(ERROR_TEXT))].filter(Boolean).join(": "));
}

export class NetlinkSocket implements Disposable {
  private readonly descriptor: number;
  private sequence = 1;

  /** @param protocol one of the NETLINK_ constants above. */
  constructor(protocol: number) {
    this.descriptor = checked(libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "socket", "AF_NETLINK");
    this.set(SOL_NETLINK, NETLINK_CAP_ACK, 1);
    this.set(SOL_NETLINK, NETLINK_EXT_ACK, 1);
    const timeout = new BigInt64Array([RECEIVE_TIMEOUT_SECONDS, 0n]);
    libc.setsockopt(this.descriptor, SOL_SOCKET, SO_RCVTIMEO, ptr(timeout), timeout.byteLength);
  }

  /** Identifies this socket in notifications; assigned with the first request. */
  get port(): number {
    const address = new Uint32Array(3);
    const length = new Uint32Array([address.byteLength]);
    checked(libc.getsockname(this.descriptor, ptr(address), ptr(length)), "getsockname", "netlink");
    return address[1] ?? 0;
  }

  /** Sets both buffers to `length` bytes, regardless of the system's limit. For large transactions. */
  enlargeBuffers(length: number): void {
    this.set(SOL_SOCKET, SO_SNDBUFFORCE, length);
    this.set(SOL_SOCKET, SO_RCVBUFFORCE, length);
  }

  /** Sends a request that changes something. @throws SystemCallError with the kernel's message */
  request(message: OutgoingMessage, what: string): void {
    const sequence = this.transmit([{ ...message, flags: message.flags | NLM_F_ACK }]);
    for (;;) {
      for (const answer of this.receive(what)) {
        if (answer.sequence !== sequence || answer.type !== NLMSG_ERROR) continue;
        const failure = errorOf(answer, what);
        if (failure) throw failure;
        return;
      }
    }
  }

  /** Sends a request and returns its one answer. @throws SystemCallError, ENODEV and the like */
  query(message: OutgoingMessage, what: string): IncomingMessage {
    const sequence = this.transmit([message]);
    for (;;) {
      for (const answer of this.receive(what)) {
        if (answer.sequence !== sequence) continue;
        const failure = answer.type === NLMSG_ERROR ? errorOf(answer, what) : undefined;
        if (failure) throw failure;
        return answer;
      }
    }
  }

  /** Sends a dump request and returns all answers. */
  dump(message: OutgoingMessage, what: string): IncomingMessage[] {
    const sequence = this.transmit([{ ...message, flags: message.flags | NLM_F_DUMP }]);
    const found: IncomingMessage[] = [];
    for (;;) {
      for (const answer of this.receive(what)) {
        if (answer.sequence !== sequence) continue;
        if (answer.type === NLMSG_DONE) return found;
        if (answer.type === NLMSG_ERROR) {
          const failure = errorOf(answer, what);
          if (failure) throw failure;
          return found;
        }
        found.push(answer);
      }
    }
  }

  /** Sends messages as one datagram and waits for the acknowledgements they ask for. */
  transact(messages: OutgoingMessage[], what: string): void {
    const first = this.transmit(messages);
    const awaited = new Set(messages.flatMap(({ flags }, index) => (flags & NLM_F_ACK ? [first + index] : [])));
    let failure: SystemCallError | undefined;
    while (awaited.size > 0 && !failure) {
      for (const answer of this.receive(what)) {
        if (answer.sequence < first || answer.type !== NLMSG_ERROR) continue;
        failure ??= errorOf(answer, what);
        awaited.delete(answer.sequence);
      }
    }
    if (failure) throw failure;
  }

  /** Sends requests as one datagram. @returns the sequence number of the first; the others follow it */
  private transmit(messages: OutgoingMessage[]): number {
    const first = this.sequence;
    const bytes = new Uint8Array(messages.reduce((sum, message) => sum + encodedLength(message), 0));
    let offset = 0;
    for (const message of messages) {
      const request = { ...message, flags: message.flags | NLM_F_REQUEST };
      offset = encodeMessage(request, this.sequence++, bytes, offset);
    }
    checked(libc.send(this.descriptor, ptr(bytes), bytes.length, 0), "send", "netlink");
    return first;
  }

  /** The messages of the next datagram. */
  private receive(what: string): IncomingMessage[] {
    const length = checked(libc.recv(this.descriptor, ptr(receiveBuffer), receiveBuffer.length, 0), "recv", what);
    return decodeMessages(receiveBuffer.subarray(0, length));
  }

  close(): void {
    closeSync(this.descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private set(level: number, option: number, value: number): void {
    const bytes = new Int32Array([value]);
    checked(libc.setsockopt(this.descriptor, level, option, ptr(bytes), 4), "setsockopt", "netlink");
  }
}
