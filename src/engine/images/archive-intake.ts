// Stores the files of an image archive in the content store while the archive is read, in any order.
import { posix } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { ByteReader } from "../../storage/archive/bytes.ts";
import { decompressDetected, detectCompression } from "../../storage/archive/compression.ts";
import { cleanName, printable } from "../../storage/archive/names.ts";
import { readArchive } from "../../storage/archive/reader.ts";
import type { LooseLayer } from "../../storage/layers.ts";
import { fill, ingestLayer } from "./ingest.ts";
import type { Lease } from "./lease.ts";
import type { ImageServices } from "./services.ts";

/** Longer chains of links are treated as broken. */
const MAX_LINKS = 16;
const MAX_FILES = 100_000;
/** Smaller files are not worth unpacking ahead. */
const MIN_AHEAD = 1024 * 1024;
const TAR_MAGIC_OFFSET = 257;

export interface IntakeFile {
  digest: string;
  size: number;
}

export class ArchiveIntake implements AsyncDisposable {
  private readonly services: ImageServices;
  private readonly files = new Map<string, IntakeFile>();
  private readonly links = new Map<string, string>();
  /** Layers unpacked ahead, by digest: the manifest only comes at the end of the archive. */
  private readonly ahead = new Map<string, Promise<LooseLayer>>();
  private isUnpacking = false;

  constructor(services: ImageServices) {
    this.services = services;
  }

  /** Reads the archive to its end; the lease holds its blobs. @throws BerthError for an invalid archive */
  async read(
    source: AsyncIterable<Uint8Array>,
    lease: Lease,
    onFile: (name: string, size: number) => void,
  ): Promise<void> {
    const reader = new ByteReader(decompressDetected(source));
    try {
      for await (const { header, content } of readArchive(reader)) {
        const name = printable(cleanName(header.name));
        if (this.files.size + this.links.size > MAX_FILES)
          throw new BerthError("invalidParameter", "invalid archive: too many files");
        if (header.type === "symlink")
          this.links.set(name, posix.join(posix.dirname(name), printable(header.linkName)));
        else if (header.type === "link") this.links.set(name, printable(cleanName(header.linkName)));
        else if (header.type === "file") {
          onFile(name, header.size);
          const file = await this.store(header.size, content);
          lease.holdBlob(file.digest);
          this.files.set(name, file);
        }
      }
      // The sender may wait until everything was read.
      await reader.skip(Number.POSITIVE_INFINITY);
    } catch (thrown) {
      await reader.cancel();
      throw thrown;
    }
  }

  private async store(size: number, content: AsyncIterable<Buffer>): Promise<IntakeFile> {
    const { start, whole } = await peek(content);
    if (size < MIN_AHEAD || this.isUnpacking || !looksLikeLayer(start)) {
      return fill(await this.services.content.write(), whole);
    }
    this.isUnpacking = true;
    const { digest, size: length, unpacked } = await ingestLayer(this.services, whole);
    this.ahead.set(digest, unpacked);
    unpacked.then(
      () => {
        this.isUnpacking = false;
      },
      () => {
        this.isUnpacking = false;
      },
    );
    return { digest, size: length };
  }

  /** Takes the layer that a file was unpacked to ahead of time. */
  async unpackedAhead(digest: string): Promise<LooseLayer | undefined> {
    const loose = this.ahead.get(digest);
    this.ahead.delete(digest);
    // Unpacking it again will report the error, if the file is a layer at all.
    return loose?.catch(() => undefined);
  }

  /** Discards layers that were unpacked ahead and not used. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const loose of this.ahead.values()) {
      await loose.then(
        (layer) => this.services.layers.discardLoose(layer),
        () => {},
      );
    }
  }

  /** The file of this name, following links in the archive. */
  find(name: string): IntakeFile | undefined {
    let path = posix.normalize(name).replace(/^\.?\//, "");
    for (let hops = 0; hops < MAX_LINKS; hops++) {
      const file = this.files.get(path);
      if (file) return file;
      const target = this.links.get(path);
      if (target === undefined) return undefined;
      path = target;
    }
    return undefined;
  }

  /** @throws BerthError invalidParameter when the archive lacks it */
  get(name: string): IntakeFile {
    const file = this.find(name);
    if (file) return file;
    throw new BerthError("invalidParameter", `invalid archive: ${name} is missing`);
  }

  /** A blob of an OCI layout; its digest must match its name. */
  blob(digest: string): IntakeFile {
    const file = this.get(`blobs/${digest.replace(":", "/")}`);
    if (file.digest !== digest)
      throw new BerthError("invalidParameter", `invalid archive: blob ${digest} has digest ${file.digest}`);
    return file;
  }

  document({ digest }: IntakeFile): Buffer {
    return this.services.content.document(digest);
  }
}

async function peek(content: AsyncIterable<Buffer>): Promise<{ start: Buffer; whole: AsyncIterable<Buffer> }> {
  const iterator = content[Symbol.asyncIterator]();
  const first = await iterator.next();
  const start = first.done ? Buffer.alloc(0) : first.value;
  async function* whole(): AsyncGenerator<Buffer, void, void> {
    if (start.length > 0) yield start;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return { start, whole: whole() };
}

function looksLikeLayer(start: Buffer): boolean {
  return (
    detectCompression(start) !== "none" || start.toString("latin1", TAR_MAGIC_OFFSET, TAR_MAGIC_OFFSET + 5) === "ustar"
  );
}
