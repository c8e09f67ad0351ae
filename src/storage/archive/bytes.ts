// Exact-length reads from a stream of arbitrary chunks; copies only reads that span chunks.

/** Reads a byte stream in pieces of requested lengths. */
export class ByteReader {
  private readonly source: AsyncIterator<Uint8Array>;
  private buffered: Buffer = Buffer.alloc(0);
  private position = 0;
  /** Bytes returned so far. */
  consumed = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** Between 1 and `limit` bytes, as available; undefined at the end. The bytes are valid until the next read. */
  async some(limit: number): Promise<Buffer | undefined> {
    if (this.position === this.buffered.length && !(await this.fill())) return undefined;
    return this.take(Math.min(limit, this.buffered.length - this.position));
  }

  /** Exactly `length` bytes, or fewer at the end of the stream. */
  async exactly(length: number): Promise<Buffer> {
    if (this.buffered.length - this.position >= length) return this.take(length);
    const parts: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      const part = await this.some(missing);
      if (part === undefined) break;
      parts.push(Buffer.from(part));
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Skips `length` bytes; returns how many were missing at the end. */
  async skip(length: number): Promise<number> {
    let missing = length;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part === undefined) break;
      missing -= part.length;
    }
    return missing;
  }

  /** Ends the stream early, so that its source releases its resources. */
  async cancel(): Promise<void> {
    await this.source.return?.();
  }

  private take(length: number): Buffer {
    const part = this.buffered.subarray(this.position, this.position + length);
    this.position += length;
    this.consumed += length;
    return part;
  }

  private async fill(): Promise<boolean> {
    for (;;) {
      const next = await this.source.next();
      if (next.done) return false;
      if (next.value.length === 0) continue;
      const { buffer, byteOffset, byteLength } = next.value;
      this.buffered = Buffer.from(buffer, byteOffset, byteLength);
      this.position = 0;
      return true;
    }
  }
}
