// Combines headers, small files and padding of an archive into large chunks: each chunk costs a system call here and
// one iteration in the reader.

export class Gather {
  private readonly send: (piece: Uint8Array) => void;
  private readonly buffer: Buffer;
  private filled = 0;

  /**
   * Chunks have at most `length` bytes, or the size of a single write; `send` must consume a chunk before it returns.
   */
  constructor(length: number, send: (piece: Uint8Array) => void) {
    this.buffer = Buffer.allocUnsafe(length);
    this.send = send;
  }

  write(bytes: Uint8Array): void {
    if (this.filled + bytes.length > this.buffer.length) this.flush();
    if (bytes.length > this.buffer.length) {
      this.send(bytes);
      return;
    }
    this.buffer.set(bytes, this.filled);
    this.filled += bytes.length;
  }

  /** Call after the last write. */
  flush(): void {
    if (this.filled > 0) this.send(this.buffer.subarray(0, this.filled));
    this.filled = 0;
  }
}
