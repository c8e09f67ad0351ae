// Compression formats of layers and archives: detection by magic number and decompression as streams.
import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { BerthError } from "../../api/errors.ts";

export type Compression = "none" | "gzip" | "zstd" | "bzip2" | "xz";

const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];
/** How many bytes {@link detectCompression} needs. */
export const MAGIC_LENGTH = 6;
const CHUNK_LENGTH = 1024 * 1024;

/** Anything else counts as uncompressed: a tar file has no magic number at its start. */
export function detectCompression(start: Uint8Array): Compression {
  const found = MAGIC.find(([, magic]) => magic.every((byte, index) => start[index] === byte));
  // Some zstd compressors start with a skippable frame, which has one of sixteen magic numbers.
  const isSkippable = ((start[0] ?? 0) & 0xf0) === 0x50 && start[1] === 0x2a && start[2] === 0x4d && start[3] === 0x18;
  return found?.[0] ?? (isSkippable ? "zstd" : "none");
}

/** Programs for formats without a library here. */
const programs = { bzip2: "bzip2", xz: "xz" } as const;

/**
 * Decompresses a stream; gzip may have several members, zstd several frames.
 * @throws BerthError notImplemented when the required program is not installed
 */
export function decompress(source: AsyncIterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  if (compression === "none") return source;
  const input = Readable.from(source, { objectMode: false, highWaterMark: CHUNK_LENGTH });
  if (compression === "bzip2" || compression === "xz") return decompressBy(programs[compression], input);
  const output =
    compression === "gzip"
      ? createGunzip({ chunkSize: CHUNK_LENGTH })
      : createZstdDecompress({ chunkSize: CHUNK_LENGTH });
  // An error of the source must end the reader's loop with that error; pipe alone does not do this.
  input.on("error", (error) => output.destroy(error));
  return input.pipe(output);
}

async function* decompressBy(program: string, input: Readable): AsyncGenerator<Uint8Array, void, void> {
  if (Bun.which(program) === null) {
    throw new BerthError("notImplemented", `the archive is compressed with ${program}, which is not installed`);
  }
  const child = spawn(program, ["-dc"], { stdio: ["pipe", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  input.on("error", (error) => child.stdout.destroy(error));
  // The program may exit before reading all input; its exit code tells whether that is an error.
  child.stdin.on("error", () => {});
  input.pipe(child.stdin);
  try {
    yield* child.stdout;
    if ((await ended) !== 0) throw new BerthError("invalidParameter", `${program}: the archive is damaged`);
  } finally {
    child.kill("SIGKILL");
  }
}

/** Detects the compression, then decompresses the stream. */
export async function* decompressDetected(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const { compression, whole } = await detected(source);
  yield* decompress(whole, compression);
}

/** The stream in a compression that registries accept: unchanged if possible, otherwise decompressed. */
export async function* asLayer(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const { compression, whole } = await detected(source);
  yield* compression in programs ? decompress(whole, compression) : whole;
}

async function detected(
  source: AsyncIterable<Uint8Array>,
): Promise<{ compression: Compression; whole: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < MAGIC_LENGTH) {
    const next = await iterator.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array, void, void> {
    try {
      if (start.length > 0) yield start;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { compression: detectCompression(start), whole: whole() };
}
