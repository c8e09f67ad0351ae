// Takes the files of an archive of images into the content store, in whatever order they come, as they stream by.
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

/** More links than this lead nowhere. */
const MAX_LINKS = 16;
const MAX_FILES = 100_000;
/** A file smaller than this is unpacked soon enough in its turn. */
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
  /** What was unpacked ahead, by digest: the archive tells only at its end what is a layer of what. */
  private readonly ahead = new Map<string, Promise<LooseLayer>>();
  private isUnpacking = false;

  constructor(services: ImageServices) {
    this.services = services;
  }

  /** Reads the archive to its end; what it holds is held by `work`. @throws BerthError for what is no archive */
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
          const file = await this.takeIn(header.size, content);
          lease.holdBlob(file.digest);
          this.files.set(name, file);
        }
      }
      // The sender may wait until all it has was taken.
      await reader.skip(Number.POSITIVE_INFINITY);
    } catch (thrown) {
      await reader.cancel();
      throw thrown;
    }
  }

  private async takeIn(size: number, content: AsyncIterable<Buffer>): Promise<IntakeFile> {
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

  /** What a file was unpacked to ahead of being asked for; can be taken once. */
  async unpackedAhead(digest: string): Promise<LooseLayer | undefined> {
    const loose = this.ahead.get(digest);
    this.ahead.delete(digest);
    // Why it failed shows when it is unpacked in its turn, if it ever is.
    return loose?.catch(() => undefined);
  }

  /** Lets go of what was unpacked and nobody took. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const loose of this.ahead.values()) {
      await loose.then(
        (layer) => this.services.layers.discardLoose(layer),
        () => {},
      );
    }
  }

  /** The file of this name, through links inside the archive. */
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

  /** A blob of an OCI layout, which must be what its name says. */
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
