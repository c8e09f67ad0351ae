// One blob on its way into the content store: hashed as its bytes come, which are written in large pieces.
import { createReadStream, openSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { BerthError } from "../api/errors.ts";
import { isErrno } from "../linux/errno.ts";
import { DISK_FULL, DiskWatch } from "./disk-watch.ts";

const FLUSH_LENGTH = 1024 * 1024;
/** Configurations and manifests larger than this are refused; Docker's own limit is 4 MB. */
export const MAX_DOCUMENT_SIZE = 8 * 1024 * 1024;

/** What a writer needs of its store. */
export interface BlobShelf {
  adopt(path: string, digest: string): void;
  closed(): void;
  /** The disk did not take what was adopted. */
  lost(digest: string): void;
}

export class BlobWriter {
  /** Bytes taken so far, those of an earlier transfer counted. */
  length: number;
  /** Of these, the bytes that are in the file. */
  written: number;
  private readonly shelf: BlobShelf;
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
    shelf: BlobShelf,
    path: string,
    expected: string | undefined,
    file: FileHandle,
    start: { hash: Bun.CryptoHasher; length: number },
  ) {
    this.shelf = shelf;
    this.path = path;
    this.disk = new DiskWatch(dirname(path));
    this.expected = expected;
    this.file = file;
    this.hash = start.hash;
    this.length = start.length;
    this.written = start.length;
  }

  /** Opens the partial at `path`, reading what it holds already. `expected` is the digest it must come to. */
  static async open(path: string, expected: string | undefined, shelf: BlobShelf): Promise<BlobWriter> {
    const file = await open(path, "a", 0o600);
    try {
      return new BlobWriter(shelf, path, expected, file, await hashFile(path));
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  /** Opens the file, which may still grow, for reading. */
  openFile(): number {
    return openSync(this.path, "r");
  }

  /** Takes `chunk`, which must not change afterwards. Resolves when there is room for more. */
  async append(chunk: Uint8Array): Promise<void> {
    this.disk.beforeWriting(chunk.length);
    this.hash.update(chunk);
    this.length += chunk.length;
    this.pending.push(chunk);
    this.pendingLength += chunk.length;
    if (this.pendingLength >= FLUSH_LENGTH) await this.flush();
  }

  /**
   * Verifies the blob and moves it into the store. What does not verify is removed.
   * @throws BerthError when it is not the expected one; `size` is bytes
   */
  async commit(size?: number): Promise<{ digest: string; size: number }> {
    const digest = await this.verify(size);
    await this.settle(digest);
    return { digest, size: this.length };
  }

  /** The first half of {@link commit}: the file is whole and true, {@link settle} has to follow. */
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
   * The second half: the file goes into its place, and to the disk. What may be a document is waited for; of the rest a
   * dying machine may take a part, which shows by its size at the next start.
   */
  async settle(digest: string): Promise<void> {
    try {
      this.shelf.adopt(this.path, digest);
    } catch (thrown) {
      await this.remove();
      throw thrown;
    }
    this.isClosed = true;
    this.shelf.closed();
    const onDisk = this.file.datasync().finally(() => this.file.close());
    onDisk.catch(() => this.shelf.lost(digest));
    if (this.length <= MAX_DOCUMENT_SIZE) await onDisk;
  }

  /** Ends the transfer; what came so far stays for the next one. */
  async suspend(): Promise<void> {
    if (this.isClosed) return;
    try {
      await this.flush();
      await this.writing;
    } finally {
      await this.release();
    }
  }

  /** Ends the transfer and forgets it. */
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

  // While one piece is being written the next gathers; a third waits.
  private async flush(): Promise<void> {
    const pieces = this.pending;
    if (pieces.length === 0) return;
    this.pending = [];
    this.pendingLength = 0;
    await this.writing;
    this.writing = this.writeAll(pieces);
    // Its failure is told by whoever awaits it next, which may be after the event loop has looked.
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
    this.shelf.closed();
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
