// The compressions a layer or archive may come in, told by their first bytes, and their undoing as streams.
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
/** As many bytes as {@link detectCompression} looks at. */
export const MAGIC_LENGTH = 6;
const CHUNK_LENGTH = 1024 * 1024;

/** Anything else is taken for uncompressed, as a tar has no mark at its start. */
export function detectCompression(start: Uint8Array): Compression {
  const found = MAGIC.find(([, magic]) => magic.every((byte, index) => start[index] === byte));
  // zstd also has frames to be skipped, sixteen magic numbers of them; some compressors begin with one.
  const isSkippable = ((start[0] ?? 0) & 0xf0) === 0x50 && start[1] === 0x2a && start[2] === 0x4d && start[3] === 0x18;
  return found?.[0] ?? (isSkippable ? "zstd" : "none");
}

/**
 * The uncompressed bytes of a stream; gzip may have several members, zstd several frames.
 * @throws BerthError notImplemented for a compression that is known but not undone here
 */
export function decompress(source: AsyncIterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  if (compression === "none") return source;
  if (compression === "bzip2" || compression === "xz") {
    throw new BerthError("notImplemented", `archives compressed with ${compression} are not supported`);
  }
  const input = Readable.from(source, { objectMode: false, highWaterMark: CHUNK_LENGTH });
  const output =
    compression === "gzip"
      ? createGunzip({ chunkSize: CHUNK_LENGTH })
      : createZstdDecompress({ chunkSize: CHUNK_LENGTH });
  // A failure of the source must end the reader's loop with that failure, which pipe alone does not do.
  input.on("error", (error) => output.destroy(error));
  return input.pipe(output);
}

/** The same for a stream whose compression is not known yet. */
export async function* decompressDetected(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const iterator = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < MAGIC_LENGTH) {
    const next = await iterator.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  const whole = async function* (): AsyncGenerator<Uint8Array, void, void> {
    try {
      if (start.length > 0) yield start;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  yield* decompress(whole(), detectCompression(start));
}
