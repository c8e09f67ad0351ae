// Gathers the headers, small files and paddings of an archive into large pieces: each piece that is sent on costs a
// system call here and a turn of whoever reads it.

export class Gather {
  private readonly send: (piece: Uint8Array) => void;
  private readonly buffer: Buffer;
  private filled = 0;

  /** Pieces are of at most `length` bytes, or what was written at once; what `send` is given is valid until it returns. */
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

  /** To be called after the last write. */
  flush(): void {
    if (this.filled > 0) this.send(this.buffer.subarray(0, this.filled));
    this.filled = 0;
  }
}
