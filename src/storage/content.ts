// The content store: blobs by digest in an OCI image layout, readable by other tools. A blob is written to "partial",
// hashed meanwhile, and renamed into place when complete; syncing to disk follows. Partials with a known digest are
// kept when a transfer fails, and the next transfer resumes them.
import { randomUUID } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { BerthError } from "../api/errors.ts";
import { isErrno } from "../linux/errno.ts";
import { BlobWriter, MAX_DOCUMENT_SIZE } from "./blob-writer.ts";
import type { Trash } from "./trash.ts";

/** "sha256:" and 64 hexadecimal digits. */
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const READ_CHUNK = 1024 * 1024;
const PARTIALS_KEPT_MS = 7 * 24 * 60 * 60 * 1000;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

export function digestOf(content: string | Uint8Array): string {
  return `sha256:${new Bun.CryptoHasher("sha256").update(content).digest("hex")}`;
}

export class ContentStore {
  private readonly blobs: string;
  private readonly partials: string;
  private readonly trash: Trash;
  /** Number of leases per digest; a leased blob is not removed. */
  private readonly held = new Map<string, number>();
  /** Names of the partials being written. */
  private readonly busy = new Set<string>();

  /** Opens or creates the store in `directory`. */
  constructor(directory: string, trash: Trash) {
    this.trash = trash;
    this.blobs = join(directory, "blobs", "sha256");
    this.partials = join(directory, "partial");
    for (const path of [this.blobs, this.partials]) mkdirSync(path, { recursive: true, mode: 0o700 });
    const layout = join(directory, "oci-layout");
    if (!existsSync(layout)) writeFileSync(layout, '{"imageLayoutVersion":"1.0.0"}');
  }

  /** The path of a blob, whether or not it exists. */
  path(digest: string): string {
    return join(this.blobs, hexOf(digest));
  }

  /** The blob's content; undefined when it does not exist. */
  size(digest: string): number | undefined {
    return statSync(this.path(digest), { throwIfNoEntry: false })?.size;
  }

  has(digest: string): boolean {
    return this.size(digest) !== undefined;
  }

  /** Reads a small blob: a configuration or manifest. @throws BerthError notFound */
  document(digest: string): Buffer {
    const size = this.size(digest);
    if (size === undefined) throw new BerthError("notFound", `content ${digest}: not found`);
    if (size > MAX_DOCUMENT_SIZE) throw new BerthError("internal", `content ${digest}: too large for a document`);
    return readFileSync(this.path(digest));
  }

  stream(digest: string): AsyncIterable<Buffer> {
    return createReadStream(this.path(digest), { highWaterMark: READ_CHUNK });
  }

  /** Stores a small blob and returns its digest. */
  async put(content: string | Uint8Array): Promise<string> {
    const digest = digestOf(content);
    if (this.has(digest)) return digest;
    const writer = await this.write();
    await writer.append(typeof content === "string" ? Buffer.from(content) : content);
    return (await writer.commit()).digest;
  }

  /** Opens a blob, complete or still being written; undefined when it does not exist. */
  openGrowing(digest: string): number | undefined {
    for (const path of [join(this.partials, hexOf(digest)), this.path(digest)]) {
      try {
        return openSync(path, "r");
      } catch (thrown) {
        if (!isErrno(thrown, "ENOENT")) throw thrown;
      }
    }
    return undefined;
  }

  /** Starts a blob whose digest is not known in advance. */
  write(): Promise<BlobWriter> {
    return this.openPartial(`new-${randomUUID()}`);
  }

  /**
   * Starts or resumes the blob `digest`; the writer's `length` is the size of the existing part.
   * @throws BerthError conflict when it is already being written
   */
  async resume(digest: string): Promise<BlobWriter> {
    if (this.busy.has(hexOf(digest))) throw new BerthError("conflict", `content ${digest}: is being written`);
    return this.openPartial(hexOf(digest), digest);
  }

  /** Stores a blob that `produce` writes to the given empty file; `produce` returns its digest and size. */
  async receive<T extends { digest: string }>(
    produce: (file: { path: string; descriptor: number }) => Promise<T>,
  ): Promise<T> {
    const name = `new-${randomUUID()}`;
    const path = join(this.partials, name);
    this.busy.add(name);
    const file = await open(path, "wx+", 0o600);
    try {
      const produced = await produce({ path, descriptor: file.fd });
      renameSync(path, this.path(produced.digest));
      const onDisk = file.datasync().finally(() => file.close());
      onDisk.catch(() => this.remove(produced.digest));
      return produced;
    } catch (thrown) {
      await file.close();
      rmSync(path, { force: true });
      throw thrown;
    } finally {
      this.busy.delete(name);
    }
  }

  private async openPartial(name: string, expected?: string): Promise<BlobWriter> {
    this.busy.add(name);
    try {
      return await BlobWriter.open(join(this.partials, name), expected, {
        place: (path, digest) => renameSync(path, this.path(digest)),
        closed: () => this.busy.delete(name),
        syncFailed: (digest) => this.remove(digest),
      });
    } catch (thrown) {
      this.busy.delete(name);
      throw thrown;
    }
  }

  /** Takes a lease on a blob, existing or not, which prevents its removal until the returned function is called. */
  hold(digest: string): () => void {
    this.held.set(digest, (this.held.get(digest) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const count = (this.held.get(digest) ?? 1) - 1;
      if (count === 0) this.held.delete(digest);
      else this.held.set(digest, count);
    };
  }

  isHeld(digest: string): boolean {
    return this.held.has(digest);
  }

  /** Removes the blob unless it is leased; returns the bytes freed. */
  remove(digest: string): number {
    const size = this.size(digest);
    if (size === undefined || this.isHeld(digest)) return 0;
    this.trash.discard(this.path(digest));
    return size;
  }

  /** Whether the blob exists with its full size; a power failure may truncate it. */
  isWhole(digest: string, size: number): boolean {
    return this.size(digest) === size;
  }

  /** Turns a complete blob back into a partial, for the next transfer to resume or for expiry. */
  demote(digest: string): void {
    if (this.isHeld(digest) || !this.has(digest)) return;
    renameSync(this.path(digest), join(this.partials, hexOf(digest)));
  }

  /** All blobs. */
  digests(): string[] {
    return readdirSync(this.blobs)
      .map((name) => `sha256:${name}`)
      .filter(isDigest);
  }

  /** The partials not being written, with their sizes in bytes. */
  partialBlobs(): { name: string; size: number; changed: Date }[] {
    return readdirSync(this.partials).flatMap((name) => {
      const stats = statSync(join(this.partials, name), { throwIfNoEntry: false });
      return stats && !this.busy.has(name) ? [{ name, size: stats.size, changed: stats.mtime }] : [];
    });
  }

  /** Removes a partial by name or digest, unless it is being written. */
  removePartial(nameOrDigest: string): void {
    const name = isDigest(nameOrDigest) ? hexOf(nameOrDigest) : nameOrDigest;
    if (!this.busy.has(name)) rmSync(join(this.partials, name), { force: true });
  }

  /** Removes partials that will not be resumed: those without a digest, and those unchanged for a week. */
  expirePartials(now = Date.now()): void {
    for (const { name, changed } of this.partialBlobs()) {
      const isNamed = isDigest(`sha256:${name}`);
      if (!isNamed || now - changed.getTime() > PARTIALS_KEPT_MS) this.removePartial(name);
    }
  }
}

function hexOf(digest: string): string {
  if (!isDigest(digest)) throw new BerthError("invalidParameter", `unsupported digest "${digest}"`);
  return digest.slice("sha256:".length);
}
