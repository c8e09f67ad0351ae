// The "unpack" job: reads a layer's archive once, hashes it and writes it into its directory, this process's root.
import { constants, fstatSync, openSync, readSync } from "node:fs";
import { chdir } from "node:process";
import { createInterface } from "node:readline";
import type * as v from "valibot";
import { BerthError, messageOf } from "../../api/errors.ts";
import { errorCode, isErrno } from "../../linux/errno.ts";
import { changeRoot } from "../../linux/files.ts";
import { openInRoot } from "../../linux/openat2.ts";
import { ByteReader } from "../archive/bytes.ts";
import { decompressDetected } from "../archive/compression.ts";
import { printable } from "../archive/names.ts";
import { readArchive } from "../archive/reader.ts";
import { type DirectoryMetadata, LayerUnpacker } from "../archive/unpack.ts";
import { DISK_FULL } from "../disk-watch.ts";
import { ARCHIVE_DESCRIPTOR, type Message, type unpackJobSchema } from "./messages.ts";
import { readMetadata } from "./metadata.ts";

const CHUNK_LENGTH = 1024 * 1024;
const BYTES_BETWEEN_REPORTS = 4 * 1024 * 1024;
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;

export async function unpackJob(
  { target, lower, grows }: v.InferOutput<typeof unpackJobSchema>,
  tell: (message: Message) => void,
): Promise<void> {
  const layersBelow = lower.map((path) => openSync(path, DIRECTORY));
  const hash = new Bun.CryptoHasher("sha256");
  const source = hashed(decompressDetected(reported(grows, tell)), hash);
  // Started before the root changes: a decompression program would not be found afterwards.
  const first = await source.next();
  changeRoot(target);
  chdir("/");
  const reader = new ByteReader(from(first, source));
  const unpacker = new LayerUnpacker((path) => findBelow(layersBelow, path));
  for await (const entry of readArchive(reader)) {
    try {
      await unpacker.add(entry);
    } catch (thrown) {
      throw describe(entry.header.name, thrown);
    }
  }
  unpacker.finish();
  // The digest covers the whole stream, including bytes after the archive's end.
  await reader.skip(Number.POSITIVE_INFINITY);
  const { size, hasRoot, hasDirectories } = unpacker;
  tell({ type: "unpacked", diffId: `sha256:${hash.digest("hex")}`, size, hasRoot, hasDirectories });
}

async function* from(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void, void>,
): AsyncGenerator<Uint8Array, void, void> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

/** The archive's bytes as they become available, with progress. */
async function* reported(grows: boolean, tell: (message: Message) => void): AsyncGenerator<Uint8Array, void, void> {
  let done = 0;
  let next = BYTES_BETWEEN_REPORTS;
  for await (const length of grows ? growth() : [fstatSync(ARCHIVE_DESCRIPTOR).size]) {
    while (done < length) {
      // A new buffer per read: the decompressor still uses the previous one.
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_LENGTH, length - done));
      const count = readSync(ARCHIVE_DESCRIPTOR, chunk, 0, chunk.length, done);
      if (count === 0) throw new BerthError("internal", "the archive is shorter than it was");
      yield chunk.subarray(0, count);
      done += count;
      if (done < next) continue;
      tell({ type: "progress", done });
      next = done + BYTES_BETWEEN_REPORTS;
    }
  }
}

async function* growth(): AsyncGenerator<number, void, void> {
  for await (const line of createInterface({ input: process.stdin })) yield Number(line);
}

async function* hashed(
  source: AsyncIterable<Uint8Array>,
  hash: Bun.CryptoHasher,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

function findBelow(layers: readonly number[], path: string): DirectoryMetadata | undefined {
  for (const layer of layers) {
    try {
      return readMetadata(openInRoot(layer, printable(path), DIRECTORY | constants.O_NOFOLLOW));
    } catch (thrown) {
      // Anything but ENOENT means that lower layers are hidden here.
      if (!isErrno(thrown, "ENOENT")) return undefined;
    }
  }
  return undefined;
}

function describe(name: string, thrown: unknown): unknown {
  if (thrown instanceof BerthError && thrown.kind === "invalidParameter") return thrown;
  const code = errorCode(thrown);
  const reason = code === "ENOSPC" ? DISK_FULL : messageOf(thrown);
  return new BerthError("internal", `write /${printable(name).replace(/^\/+/, "")}: ${reason}`, thrown);
}
