// A queue of bytes between a container that writes and a client that reads at its own pace. What the client
// has not taken yet is kept in memory up to a bound, past that in an unnamed file, so neither a slow client
// costs the engine memory nor the container, or another client, waits for it.

import { randomUUID } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const MEMORY_BOUND = 1 << 20;
const DISK_BOUND = 1 << 30;
const READ_SIZE = 256 * 1024;

export class SpillQueue implements AsyncIterable<Uint8Array> {
  private readonly spillDirectory: string;
  private chunks: Uint8Array[] = [];
  private memoryBytes = 0;
  private file: { descriptor: number; readAt: number; writeAt: number } | undefined;
  private ended = false;
  private wake: (() => void) | undefined;

  constructor(spillDirectory: string) {
    this.spillDirectory = spillDirectory;
  }

  /** Adds a chunk, which must not be changed afterwards. False when the client is too far behind and was given up. */
  push(chunk: Uint8Array): boolean {
    if (this.ended) return false;
    if (this.file === undefined && this.memoryBytes + chunk.length <= MEMORY_BOUND) {
      this.chunks.push(chunk);
      this.memoryBytes += chunk.length;
    } else if (!this.spill(chunk)) {
      this.end();
      return false;
    }
    this.wake?.();
    return true;
  }

  /** No more will come; what is queued is still delivered. */
  end(): void {
    this.ended = true;
    this.wake?.();
  }

  /** Everything queued so far, joined, as often as there is something. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      while (true) {
        const next = this.take();
        if (next) yield next;
        else if (this.ended) return;
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      this.ended = true;
      this.chunks = [];
      this.closeFile();
    }
  }

  private take(): Uint8Array | undefined {
    if (this.chunks.length > 0) {
      const [only] = this.chunks;
      const joined = this.chunks.length === 1 && only ? only : Buffer.concat(this.chunks);
      this.chunks = [];
      this.memoryBytes = 0;
      return joined;
    }
    if (!this.file) return undefined;
    const buffer = new Uint8Array(READ_SIZE);
    const length = readSync(this.file.descriptor, buffer, 0, buffer.length, this.file.readAt);
    this.file.readAt += length;
    if (this.file.readAt === this.file.writeAt) this.closeFile();
    return length === 0 ? undefined : buffer.subarray(0, length);
  }

  private spill(chunk: Uint8Array): boolean {
    this.file ??= this.openFile();
    if (this.file.writeAt - this.file.readAt + chunk.length > DISK_BOUND) return false;
    try {
      this.file.writeAt += writeSync(this.file.descriptor, chunk, 0, chunk.length, this.file.writeAt);
      return true;
    } catch {
      return false; // A full disk ends this client's stream; the container goes on.
    }
  }

  private openFile(): { descriptor: number; readAt: number; writeAt: number } {
    const path = join(this.spillDirectory, `stream-${randomUUID()}`);
    const descriptor = openSync(path, "wx+", 0o600);
    rmSync(path);
    return { descriptor, readAt: 0, writeAt: 0 };
  }

  private closeFile(): void {
    if (!this.file) return;
    ftruncateSync(this.file.descriptor, 0);
    closeSync(this.file.descriptor);
    this.file = undefined;
  }
}
