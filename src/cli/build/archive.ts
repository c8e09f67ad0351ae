// Archive streams: detection by magic bytes, and compression.
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Bytes } from "../../client/streams.ts";

const BLOCK = 512;
const CHECKSUM_AT = 148;
const CHECKSUM_LENGTH = 8;

/** Of gzip, bzip2, xz and zstd. */
const COMPRESSED = ["1f8b08", "425a68", "fd377a585a00", "28b52ffd"];

function isTarHeader(header: Buffer): boolean {
  if (header.length < BLOCK) return false;
  const field = header.toString("latin1", CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_LENGTH);
  const stated = Number.parseInt(field.trim(), 8);
  const others = Buffer.from(header).fill(" ", CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_LENGTH);
  return stated === others.reduce((total, byte) => total + byte, 0);
}

/** Whether these bytes start a tar archive, compressed or not. */
export function isArchive(beginning: Buffer): boolean {
  const magic = beginning.toString("hex", 0, 6);
  return COMPRESSED.some((prefix) => magic.startsWith(prefix)) || isTarHeader(beginning.subarray(0, BLOCK));
}

/** The first block, and the whole stream including it. */
export async function peek(bytes: Bytes): Promise<{ beginning: Buffer; whole: Bytes }> {
  const chunks = bytes[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  for (let length = 0; length < BLOCK; ) {
    const { value, done } = await chunks.next();
    if (done) break;
    taken.push(value);
    length += value.length;
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* taken;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return { beginning: Buffer.concat(taken).subarray(0, BLOCK), whole: whole() };
}

export async function* compressed(bytes: Bytes): AsyncGenerator<Uint8Array> {
  const gzip = createGzip();
  // Errors of the source are thrown by the loop below.
  pipeline(Readable.from(bytes), gzip, () => {});
  yield* gzip;
}
