// Writes one blob to the content store: hashes its bytes and writes them in large chunks.
import { createReadStream, openSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { BerthError } from "../api/errors.ts";
import { isErrno } from "../linux/errno.ts";
import { DISK_FULL, DiskWatch } from "./disk-watch.ts";

const FLUSH_LENGTH = 1024 * 1024;
/** Size limit of configurations and manifests; Docker's own limit is 4 MB. */
export const MAX_DOCUMENT_SIZE = 8 * 1024 * 1024;

/** What a writer needs from its store. */
export interface BlobWriterStore {
  place(path: string, digest: string): void;
  closed(): void;
  /** Called when syncing a committed blob to disk fails. */
  syncFailed(digest: string): void;
}

export class BlobWriter {
  /** Bytes received so far, including those of an earlier transfer. */
  length: number;
  /** How many of them are in the file. */
  written: number;
  private readonly store: BlobWriterStore;
  private readonly path: string;
  private readonly expected: string | undefined;
  private readonly file: FileHandle;
  private readonly hash: Bun.CryptoHasher;
  private pending: Uint8Array[] = [];
  private pendingLength = 0;
  private writing: Promise<void> = Promise.resolve();
  private isClosed = false;
  private readonly disk: DiskWatch;

  private constructor(
    store: BlobWriterStore,
    path: string,
    expected: string | undefined,
    file: FileHandle,
    start: { hash: Bun.CryptoHasher; length: number },
  ) {
    this.store = store;
    this.path = path;
    this.disk = new DiskWatch(dirname(path));
    this.expected = expected;
    this.file = file;
    this.hash = start.hash;
    this.length = start.length;
    this.written = start.length;
  }

  /** Opens the partial at `path` and hashes its existing content. `expected` is the blob's digest. */
  static async open(path: string, expected: string | undefined, store: BlobWriterStore): Promise<BlobWriter> {
    const file = await open(path, "a", 0o600);
    try {
      return new BlobWriter(store, path, expected, file, await hashFile(path));
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  /** Opens the file for reading; it may still grow. */
  openFile(): number {
    return openSync(this.path, "r");
  }

  /** Writes `chunk`, which must not change afterwards. Resolves when the writer can accept more. */
  async append(chunk: Uint8Array): Promise<void> {
    this.disk.beforeWriting(chunk.length);
    this.hash.update(chunk);
    this.length += chunk.length;
    this.pending.push(chunk);
    this.pendingLength += chunk.length;
    if (this.pendingLength >= FLUSH_LENGTH) await this.flush();
  }

  /**
   * Verifies the blob and moves it into the store. Deletes it if verification fails.
   * @throws BerthError when digest or `size` (bytes) do not match
   */
  async commit(size?: number): Promise<{ digest: string; size: number }> {
    const digest = await this.verify(size);
    await this.publish(digest);
    return { digest, size: this.length };
  }

  /** First half of {@link commit}: completes and verifies the file. {@link publish} must follow. */
  async verify(size?: number): Promise<string> {
    try {
      await this.flush();
      await this.writing;
      const digest = `sha256:${this.hash.digest("hex")}`;
      const failed = `filesystem layer verification failed for digest ${this.expected ?? digest}`;
      if (size !== undefined && size !== this.length) {
        throw new BerthError("internal", `${failed}: ${this.length} bytes came instead of ${size}`);
      }
      if (this.expected !== undefined && this.expected !== digest) throw new BerthError("internal", failed);
      return digest;
    } catch (thrown) {
      await this.remove();
      throw thrown;
    }
  }

  /**
   * Second half: moves the file into the store and syncs it. Waits for the sync of small files, which may be documents;
   * a larger one may be truncated by a power failure, which its size reveals at the next start.
   */
  async publish(digest: string): Promise<void> {
    try {
      this.store.place(this.path, digest);
    } catch (thrown) {
      await this.remove();
      throw thrown;
    }
    this.isClosed = true;
    this.store.closed();
    const onDisk = this.file.datasync().finally(() => this.file.close());
    onDisk.catch(() => this.store.syncFailed(digest));
    if (this.length <= MAX_DOCUMENT_SIZE) await onDisk;
  }

  /** Ends the transfer and keeps the partial for the next one. */
  async suspend(): Promise<void> {
    if (this.isClosed) return;
    try {
      await this.flush();
      await this.writing;
    } finally {
      await this.release();
    }
  }

  /** Ends the transfer and deletes the partial. */
  async discard(): Promise<void> {
    this.pending = [];
    await this.writing.catch(() => {});
    await this.remove();
  }

  private async remove(): Promise<void> {
    if (this.isClosed) return;
    await rm(this.path, { force: true });
    await this.release();
  }

  // One chunk is being written, the next is being filled; a third waits.
  private async flush(): Promise<void> {
    const pieces = this.pending;
    if (pieces.length === 0) return;
    this.pending = [];
    this.pendingLength = 0;
    await this.writing;
    this.writing = this.writeAll(pieces);
    // The next await of this promise reports the error, possibly after the event loop has checked for unhandled
    // rejections.
    this.writing.catch(() => {});
  }

  private async writeAll(pieces: Uint8Array[]): Promise<void> {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    try {
      const { bytesWritten } = await this.file.writev(pieces);
      this.written += bytesWritten;
      if (bytesWritten === length) return;
    } catch (thrown) {
      if (!isErrno(thrown, "ENOSPC")) throw thrown;
    }
    throw new BerthError("internal", `write ${this.path}: ${DISK_FULL}`);
  }

  private async release(): Promise<void> {
    this.isClosed = true;
    await this.file.close();
    this.store.closed();
  }
}

async function hashFile(path: string): Promise<{ hash: Bun.CryptoHasher; length: number }> {
  const hash = new Bun.CryptoHasher("sha256");
  let length = 0;
  const chunks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: FLUSH_LENGTH });
  for await (const chunk of chunks) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { hash, length };
}
