// Encodes and decodes netlink messages: a header, a fixed part that depends on the type, and attributes, which may be
// nested. Numbers are in host order, which is little-endian on all supported machines.

export const HEADER_LENGTH = 16;
const ATTRIBUTE_HEADER_LENGTH = 4;
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;

const aligned = (length: number): number => (length + 3) & ~3;

/** Builds the body of a message: its fixed part, then its attributes. */
export class MessageBody {
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  /** The fixed part, or the payload of an attribute being built. */
  append(part: Uint8Array): this {
    const start = this.grow(aligned(part.length));
    this.bytes.set(part, start);
    return this;
  }

  attribute(type: number, payload: Uint8Array): this {
    const start = this.grow(aligned(ATTRIBUTE_HEADER_LENGTH + payload.length));
    this.view.setUint16(start, ATTRIBUTE_HEADER_LENGTH + payload.length, true);
    this.view.setUint16(start + 2, type, true);
    this.bytes.set(payload, start + ATTRIBUTE_HEADER_LENGTH);
    return this;
  }

  uint8(type: number, value: number): this {
    return this.attribute(type, Uint8Array.of(value));
  }

  uint16(type: number, value: number): this {
    return this.attribute(type, Uint8Array.of(value & 0xff, value >>> 8));
  }

  uint32(type: number, value: number): this {
    return this.attribute(type, uint32(value));
  }

  /** A 32-bit number in network order, as in nf_tables. */
  bigEndian32(type: number, value: number): this {
    return this.attribute(type, bigEndian32(value));
  }

  text(type: number, value: string): this {
    return this.attribute(type, Buffer.from(`${value}\0`));
  }

  nested(type: number, fill: (body: this) => void): this {
    const start = this.grow(ATTRIBUTE_HEADER_LENGTH);
    fill(this);
    this.view.setUint16(start, this.length - start, true);
    this.view.setUint16(start + 2, type | NESTED, true);
    return this;
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private grow(by: number): number {
    const start = this.length;
    this.length += by;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, start));
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return start;
  }
}

export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export function bigEndian32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A message to send: its type, flags and body; the socket fills in length and sequence number. */
export interface OutgoingMessage {
  type: number;
  flags: number;
  body: Uint8Array;
}

export function encodeMessage(message: OutgoingMessage, sequence: number, into: Uint8Array, offset: number): number {
  const length = HEADER_LENGTH + message.body.length;
  const view = new DataView(into.buffer, into.byteOffset + offset);
  view.setUint32(0, length, true);
  view.setUint16(4, message.type, true);
  view.setUint16(6, message.flags, true);
  view.setUint32(8, sequence, true);
  view.setUint32(12, 0, true);
  into.set(message.body, offset + HEADER_LENGTH);
  return offset + aligned(length);
}

export function encodedLength(message: OutgoingMessage): number {
  return aligned(HEADER_LENGTH + message.body.length);
}

/** A received message. `body` follows the header. */
export interface IncomingMessage {
  type: number;
  flags: number;
  sequence: number;
  /** The port of the socket that sent the request, or caused the notification. */
  port: number;
  body: Uint8Array;
}

/** Splits a datagram into its messages. */
export function decodeMessages(bytes: Uint8Array): IncomingMessage[] {
  const messages: IncomingMessage[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset + HEADER_LENGTH <= bytes.length) {
    const length = view.getUint32(offset, true);
    if (length < HEADER_LENGTH || offset + length > bytes.length) break;
    messages.push({
      type: view.getUint16(offset + 4, true),
      flags: view.getUint16(offset + 6, true),
      sequence: view.getUint32(offset + 8, true),
      port: view.getUint32(offset + 12, true),
      body: bytes.slice(offset + HEADER_LENGTH, offset + length),
    });
    offset += aligned(length);
  }
  return messages;
}

/** The attributes from `offset` on, by type; the last one of a repeated type. */
export function decodeAttributes(bytes: Uint8Array, offset = 0): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  for (const [type, payload] of eachAttribute(bytes, offset)) attributes.set(type, payload);
  return attributes;
}

/** All attributes in order, for lists whose elements have one type. */
export function* eachAttribute(bytes: Uint8Array, offset = 0): Generator<[number, Uint8Array]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = offset;
  while (at + ATTRIBUTE_HEADER_LENGTH <= bytes.length) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER_LENGTH || at + length > bytes.length) return;
    yield [view.getUint16(at + 2, true) & TYPE_MASK, bytes.subarray(at + ATTRIBUTE_HEADER_LENGTH, at + length)];
    at += aligned(length);
  }
}

export function textOf(payload: Uint8Array | undefined): string {
  if (!payload) return "";
  const end = payload.indexOf(0);
  return Buffer.from(end < 0 ? payload : payload.subarray(0, end)).toString();
}

export function uint32Of(payload: Uint8Array | undefined): number {
  if (!payload || payload.length < 4) return 0;
  return new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0, true);
}
