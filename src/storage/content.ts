// The content store: blobs by digest in an OCI image layout, so that other tools can read it.
// A blob is written beside under "partial", hashed as it grows, and renamed into place once it is whole; the disk follows.
// Partials of a known digest stay when a transfer breaks: the next one goes on where it ended.
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
  /** How often each digest is held by work in progress; a held blob is not removed. */
  private readonly held = new Map<string, number>();
  /** The names of the partials that are being written now. */
  private readonly busy = new Set<string>();

  /** Opens (or makes) the store in `directory`. */
  constructor(directory: string, trash: Trash) {
    this.trash = trash;
    this.blobs = join(directory, "blobs", "sha256");
    this.partials = join(directory, "partial");
    for (const path of [this.blobs, this.partials]) mkdirSync(path, { recursive: true, mode: 0o700 });
    const layout = join(directory, "oci-layout");
    if (!existsSync(layout)) writeFileSync(layout, '{"imageLayoutVersion":"1.0.0"}');
  }

  /** Where the blob is, or would be. */
  path(digest: string): string {
    return join(this.blobs, hexOf(digest));
  }

  /** The blob's bytes; undefined when it is not here. */
  size(digest: string): number | undefined {
    return statSync(this.path(digest), { throwIfNoEntry: false })?.size;
  }

  has(digest: string): boolean {
    return this.size(digest) !== undefined;
  }

  /** A whole small blob: a configuration or manifest. @throws BerthError notFound */
  document(digest: string): Buffer {
    const size = this.size(digest);
    if (size === undefined) throw new BerthError("notFound", `content ${digest}: not found`);
    if (size > MAX_DOCUMENT_SIZE) throw new BerthError("internal", `content ${digest}: too large for a document`);
    return readFileSync(this.path(digest));
  }

  stream(digest: string): AsyncIterable<Buffer> {
    return createReadStream(this.path(digest), { highWaterMark: READ_CHUNK });
  }

  /** Stores a small blob and answers its digest. */
  async put(content: string | Uint8Array): Promise<string> {
    const digest = digestOf(content);
    if (this.has(digest)) return digest;
    const writer = await this.write();
    await writer.append(typeof content === "string" ? Buffer.from(content) : content);
    return (await writer.commit()).digest;
  }

  /** Opens what there is of a blob that is being written, or the whole of one that was; undefined without either. */
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

  /** Begins a blob whose digest shows at its end. */
  write(): Promise<BlobWriter> {
    return this.openPartial(`new-${randomUUID()}`);
  }

  /**
   * Begins or goes on with the blob `digest`: the writer's `length` says how much of it is here already.
   * @throws BerthError conflict when it is being written now
   */
  async resume(digest: string): Promise<BlobWriter> {
    if (this.busy.has(hexOf(digest))) throw new BerthError("conflict", `content ${digest}: is being written`);
    return this.openPartial(hexOf(digest), digest);
  }

  /** Takes in a blob that `produce` writes to the empty file it is given; it answers what it wrote. */
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
        adopt: (path, digest) => renameSync(path, this.path(digest)),
        closed: () => this.busy.delete(name),
        lost: (digest) => this.remove(digest),
      });
    } catch (thrown) {
      this.busy.delete(name);
      throw thrown;
    }
  }

  /** Keeps the blob, here or to come, from being removed until the answer is called. */
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

  /** Removes the blob unless it is held; answers the bytes freed. */
  remove(digest: string): number {
    const size = this.size(digest);
    if (size === undefined || this.isHeld(digest)) return 0;
    this.trash.throwAway(this.path(digest));
    return size;
  }

  /** Whether the blob is here with all its bytes, which it may not be after the machine has died. */
  isWhole(digest: string, size: number): boolean {
    return this.size(digest) === size;
  }

  /** Takes a whole blob back among the partials, where the next transfer finds it and time removes it. */
  demote(digest: string): void {
    if (this.isHeld(digest) || !this.has(digest)) return;
    renameSync(this.path(digest), join(this.partials, hexOf(digest)));
  }

  /** Every blob here. */
  digests(): string[] {
    return readdirSync(this.blobs)
      .map((name) => `sha256:${name}`)
      .filter(isDigest);
  }

  /** The partials that no transfer is writing to, with their bytes. */
  partialBlobs(): { name: string; size: number; changed: Date }[] {
    return readdirSync(this.partials).flatMap((name) => {
      const stats = statSync(join(this.partials, name), { throwIfNoEntry: false });
      return stats && !this.busy.has(name) ? [{ name, size: stats.size, changed: stats.mtime }] : [];
    });
  }

  /** Removes a partial, by its name or its digest, unless it is being written. */
  removePartial(nameOrDigest: string): void {
    const name = isDigest(nameOrDigest) ? hexOf(nameOrDigest) : nameOrDigest;
    if (!this.busy.has(name)) rmSync(join(this.partials, name), { force: true });
  }

  /** Removes partials that nobody will go on with: nameless ones, and those untouched for a week. */
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
