// A queue of bytes between a container that writes and a client that reads at its own pace. Up to a bound they are kept
// in memory, beyond it in unlinked files, so a slow client costs the engine no memory, and neither the container nor
// another client waits for it. The files are short, so that what was read is freed while the client stays behind.
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { PullQueue } from "../../../async/pull-queue.ts";

const MEMORY_BOUND = 1 << 20;
const DISK_BOUND = 1 << 30;
const SEGMENT_SIZE = 4 << 20;
const READ_SIZE = 256 * 1024;

interface Segment {
  descriptor: number;
  readAt: number;
  writeAt: number;
}

export class SpillQueue {
  /** Everything queued so far, joined, as often as there is something. */
  readonly output: AsyncIterable<Uint8Array>;
  private readonly spillDirectory: string;
  private readonly queue: PullQueue<Uint8Array>;
  private chunks: Uint8Array[] = [];
  private memoryBytes = 0;
  /** The oldest first; only the last one is still written. */
  private segments: Segment[] = [];
  private spilledBytes = 0;

  constructor(spillDirectory: string) {
    this.spillDirectory = spillDirectory;
    this.queue = new PullQueue({ take: () => this.take(), release: () => this.release() });
    this.output = this.queue;
  }

  /** Adds a chunk, which must not be changed afterwards. False when the client is too far behind and is dropped. */
  push(chunk: Uint8Array): boolean {
    if (this.queue.isEnded) return false;
    if (this.segments.length === 0 && this.memoryBytes + chunk.length <= MEMORY_BOUND) {
      this.chunks.push(chunk);
      this.memoryBytes += chunk.length;
    } else if (!this.spill(chunk)) {
      this.queue.end();
      return false;
    }
    this.queue.wake();
    return true;
  }

  /** No more will come; what is queued is still delivered. */
  end(): void {
    this.queue.end();
  }

  private take(): Uint8Array | undefined {
    if (this.chunks.length > 0) {
      const [only] = this.chunks;
      const joined = this.chunks.length === 1 && only ? only : Buffer.concat(this.chunks);
      this.chunks = [];
      this.memoryBytes = 0;
      return joined;
    }
    const [segment] = this.segments;
    if (!segment) return undefined;
    const buffer = new Uint8Array(Math.min(READ_SIZE, segment.writeAt - segment.readAt));
    const length = readSync(segment.descriptor, buffer, 0, buffer.length, segment.readAt);
    segment.readAt += length;
    this.spilledBytes -= length;
    if (segment.readAt === segment.writeAt) {
      closeSync(segment.descriptor);
      this.segments.shift();
    }
    return length === 0 ? undefined : buffer.subarray(0, length);
  }

  private spill(chunk: Uint8Array): boolean {
    if (this.spilledBytes + chunk.length > DISK_BOUND) return false;
    try {
      for (let offset = 0; offset < chunk.length; ) {
        const segment = this.segmentToWrite();
        const length = Math.min(chunk.length - offset, SEGMENT_SIZE - segment.writeAt);
        const written = writeSync(segment.descriptor, chunk, offset, length, segment.writeAt);
        segment.writeAt += written;
        this.spilledBytes += written;
        offset += written;
      }
      return true;
    } catch {
      return false; // A full disk ends this client's stream; the container goes on.
    }
  }

  private segmentToWrite(): Segment {
    const last = this.segments.at(-1);
    if (last && last.writeAt < SEGMENT_SIZE) return last;
    const path = join(this.spillDirectory, `stream-${randomUUID()}`);
    const segment = { descriptor: openSync(path, "wx+", 0o600), readAt: 0, writeAt: 0 };
    rmSync(path);
    this.segments.push(segment);
    return segment;
  }

  private release(): void {
    for (const { descriptor } of this.segments) closeSync(descriptor);
    this.segments = [];
    this.chunks = [];
  }
}
