// DNS over TCP (RFC 1035, section 4.2.2): each message follows its length in two bytes.

const LENGTH_BYTES = 2;
/** What a connection keeps while it is idle. */
const INITIAL_CAPACITY = 4096;

/** A message with its length in front. */
export function framed(message: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(message.length >>> 8, message.length & 0xff), message]);
}

/** Splits a TCP stream into messages. The caller reads them at its own pace; each byte is copied a bounded number of times. */
export class MessageFraming {
  private buffer = new Uint8Array(INITIAL_CAPACITY);
  private start = 0;
  private end = 0;

  push(chunk: Uint8Array): void {
    this.makeRoom(chunk.length);
    this.buffer.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** The next whole message; undefined until more bytes arrive. */
  next(): Uint8Array | undefined {
    const [high = 0, low = 0] = this.buffer.subarray(this.start, this.end);
    const messageStart = this.start + LENGTH_BYTES;
    const messageEnd = messageStart + ((high << 8) | low);
    if (messageStart > this.end || messageEnd > this.end) return undefined;
    const message = this.buffer.slice(messageStart, messageEnd);
    this.start = messageEnd;
    if (this.start === this.end) this.reset();
    return message;
  }

  private reset(): void {
    this.start = 0;
    this.end = 0;
    if (this.buffer.length > INITIAL_CAPACITY) this.buffer = new Uint8Array(INITIAL_CAPACITY);
  }

  /** Moves the unread bytes to the front, into a larger buffer if they would fill more than half of this one. */
  private makeRoom(length: number): void {
    if (this.end + length <= this.buffer.length) return;
    const unread = this.buffer.subarray(this.start, this.end);
    const needed = unread.length + length;
    const target = needed * 2 > this.buffer.length ? new Uint8Array(needed * 2) : this.buffer;
    target.set(unread);
    this.buffer = target;
    this.start = 0;
    this.end = unread.length;
  }
}
