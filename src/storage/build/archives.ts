// Archives that ADD extracts: detected by content, and opened before the root changes, because decompression may need a
// program of the host.
import { closeSync, fstatSync, readSync } from "node:fs";
import { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, openInRoot, withRoot } from "../../linux/openat2.ts";
import { ByteReader } from "../archive/bytes.ts";
import { decompressDetected } from "../archive/compression.ts";
import { Extractor } from "../archive/extract.ts";
import { BLOCK_LENGTH, readHeader } from "../archive/header.ts";
import { byteString } from "../archive/names.ts";
import { readArchive } from "../archive/reader.ts";
import { DiskWatch } from "../disk-watch.ts";
import type { Selected } from "./messages.ts";
import type { FileOwner } from "./owner.ts";

type Bytes = AsyncGenerator<Uint8Array, void, void>;

/** The decompressed archives among the selected files, by path. */
export type Archives = ReadonlyMap<string, Bytes>;

const CHUNK_LENGTH = 1024 * 1024;

export async function openArchives(directory: string, selected: readonly Selected[]): Promise<Archives> {
  const archives = new Map<string, Bytes>();
  for (const { path, isDirectory } of selected) {
    if (isDirectory) continue;
    const bytes = await openArchive(directory, path);
    if (bytes) archives.set(path, bytes);
  }
  return archives;
}

/** @param owner the owner of all files; undefined: as in the archive */
export async function unpackInto(archive: Bytes, directory: string, owner: FileOwner | undefined): Promise<void> {
  const disk = new DiskWatch("/");
  const extractor = new Extractor({
    directory: directory === "/" ? "" : byteString(directory),
    keepKinds: false,
    owner: (uid, gid) => owner ?? { uid, gid },
  });
  for await (const entry of readArchive(new ByteReader(archive))) {
    disk.beforeCreating();
    disk.beforeWriting(entry.header.segments ? 0 : entry.header.size);
    await extractor.add(entry);
  }
  extractor.finish();
}

/** Undefined if the content is not an archive, whatever the name. */
async function openArchive(directory: string, path: string): Promise<Bytes | undefined> {
  const file = withRoot(directory, (root) => openInRoot(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  const bytes = fstatSync(file).isFile() ? startingWith(decompressDetected(contentOf(file))) : undefined;
  try {
    const opened = await bytes;
    if (opened && readHeader(opened.start)) return opened.whole;
    await opened?.whole.return();
  } catch {
    // Not a readable archive: copied as a file.
  }
  closeSync(file);
  return undefined;
}

async function startingWith(bytes: Bytes): Promise<{ start: Buffer; whole: Bytes }> {
  let start = Buffer.alloc(0);
  while (start.length < BLOCK_LENGTH) {
    const next = await bytes.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  if (start.length < BLOCK_LENGTH) throw new Error("too short for an archive");
  async function* whole(): Bytes {
    yield start;
    yield* bytes;
  }
  return { start: start.subarray(0, BLOCK_LENGTH), whole: whole() };
}

async function* contentOf(file: number): Bytes {
  for (;;) {
    // A new buffer each time: the decompressor still reads the previous chunk.
    const chunk = Buffer.allocUnsafe(CHUNK_LENGTH);
    const count = readSync(file, chunk, 0, chunk.length, null);
    if (count === 0) return;
    yield chunk.subarray(0, count);
  }
}
