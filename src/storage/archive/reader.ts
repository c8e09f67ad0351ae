// Streaming tar reader: ustar, GNU, star and PAX formats, with long names, sparse files and extended attributes.
// Existing libraries decode names and attribute values as UTF-8, which loses bytes.
import type { ByteReader } from "./bytes.ts";
import { applyRecords, type ExtendedRecord, pairs, readInteger, readRecords } from "./extended.ts";
import {
  BLOCK_LENGTH,
  cutShort,
  type EntryType,
  malformed,
  type RawHeader,
  readHeader,
  readNumber,
  type Segment,
  type TarHeader,
} from "./header.ts";

export interface TarEntry {
  header: TarHeader;
  /** The stored bytes; read them before requesting the next entry, which skips the rest. */
  content: AsyncIterable<Buffer>;
}

/** Size limit of an extended header or long name, as in Go's reader. */
const MAX_EXTENSION_LENGTH = 1024 * 1024;
const MAX_SEGMENTS = 100_000;
const MAX_PIECE = 1024 * 1024;

const typeOfFlag: Readonly<Record<string, EntryType>> = {
  "\0": "file",
  "0": "file",
  "7": "file",
  S: "file",
  "1": "link",
  "2": "symlink",
  "3": "character",
  "4": "block",
  "5": "directory",
  "6": "fifo",
};

/**
 * Yields the entries in order, until two zero blocks or the end of the stream between two entries.
 * @throws BerthError invalidParameter for an invalid or truncated archive
 */
export async function* readArchive(reader: ByteReader): AsyncGenerator<TarEntry, void, void> {
  for (;;) {
    const start = await nextHeader(reader);
    if (start === undefined) return;
    const complete = await completeHeader(reader, start);
    if (complete === undefined) return;
    const { header, stored, segments } = complete;
    if (segments) header.segments = segments;
    let left = stored;
    yield {
      header,
      content: {
        async *[Symbol.asyncIterator]() {
          while (left > 0) {
            const piece = await reader.some(Math.min(left, MAX_PIECE));
            if (piece === undefined) throw cutShort();
            left -= piece.length;
            yield piece;
          }
        },
      },
    };
    if ((await reader.skip(left)) > 0) throw cutShort();
    await skipPadding(reader, stored);
  }
}

async function nextHeader(reader: ByteReader): Promise<{ raw: RawHeader; block: Buffer } | undefined> {
  const block = await reader.exactly(BLOCK_LENGTH);
  if (block.length === 0) return undefined;
  if (block.length < BLOCK_LENGTH) throw cutShort();
  const raw = readHeader(block);
  if (raw) return { raw, block };
  const second = await reader.exactly(BLOCK_LENGTH);
  if (second.length === BLOCK_LENGTH && readHeader(second)) throw malformed("invalid tar header");
  return undefined;
}

/** Some archivers omit the padding of the last entry, so missing padding is not an error. */
async function skipPadding(reader: ByteReader, length: number): Promise<void> {
  await reader.skip((BLOCK_LENGTH - (length % BLOCK_LENGTH)) % BLOCK_LENGTH);
}

async function readExtension(reader: ByteReader, length: number): Promise<Buffer> {
  if (length > MAX_EXTENSION_LENGTH) throw malformed("extended header too long");
  const data = Buffer.from(await reader.exactly(length));
  if (data.length < length) throw cutShort();
  await skipPadding(reader, length);
  return data;
}

interface CompleteHeader {
  header: TarHeader;
  /** Size of the following data. */
  stored: number;
  segments?: Segment[];
}

/**
 * Reads all headers of one entry, including its own. Undefined after a final global header: `git archive` of an empty
 * tree.
 */
async function completeHeader(
  reader: ByteReader,
  start: { raw: RawHeader; block: Buffer },
): Promise<CompleteHeader | undefined> {
  let { raw, block } = start;
  let records: ExtendedRecord[] = [];
  let longName: string | undefined;
  let longLink: string | undefined;
  for (; "gxLK".includes(raw.typeFlag); ) {
    const data = await readExtension(reader, raw.size);
    if (raw.typeFlag === "x") records = readRecords(data);
    if (raw.typeFlag === "L") longName = untilNul(data);
    if (raw.typeFlag === "K") longLink = untilNul(data);
    const next = await nextHeader(reader);
    if (next === undefined && raw.typeFlag === "g") return undefined;
    if (next === undefined) throw cutShort();
    ({ raw, block } = next);
  }
  const type = raw.typeFlag === "\0" && raw.name.endsWith("/") ? "directory" : typeOfFlag[raw.typeFlag];
  if (type === undefined) throw malformed(`unhandled tar header type ${raw.typeFlag.charCodeAt(0)}`);
  const header: TarHeader = {
    type,
    name: longName ?? raw.name,
    linkName: longLink ?? raw.linkName,
    mode: raw.mode,
    uid: raw.uid,
    gid: raw.gid,
    size: raw.size,
    modified: BigInt(raw.modifiedSeconds) * 1_000_000_000n,
    major: raw.major,
    minor: raw.minor,
    xattrs: new Map(),
  };
  const sparse = applyRecords(header, records);
  if (type !== "file") header.size = 0;
  const stored = header.size;
  if (raw.typeFlag === "S") return readOldSparse(reader, block, header, stored);
  if (sparse === undefined) return { header, stored };
  header.size = sparse.realSize ?? header.size;
  if (sparse.segments) return { header, stored, segments: checkedSegments(sparse.segments, stored, header.size) };
  const map = await readMapAtHead(reader, stored);
  const left = stored - map.length;
  return { header, stored: left, segments: checkedSegments(map.segments, left, header.size) };
}

function untilNul(data: Buffer): string {
  const end = data.indexOf(0);
  return data.toString("latin1", 0, end === -1 ? undefined : end);
}

/** GNU tar's old sparse format: four segments in the header, further ones in blocks of 21. */
async function readOldSparse(
  reader: ByteReader,
  block: Buffer,
  header: TarHeader,
  stored: number,
): Promise<CompleteHeader> {
  header.size = readNumber(block, 483, 12);
  const segments = oldSegments(block, 386, 4);
  for (let more = block[482]; more; ) {
    const extension = await reader.exactly(BLOCK_LENGTH);
    if (extension.length < BLOCK_LENGTH) throw cutShort();
    segments.push(...oldSegments(extension, 0, 21));
    if (segments.length > MAX_SEGMENTS) throw malformed("invalid sparse map");
    more = extension[504];
  }
  return { header, stored, segments: checkedSegments(segments, stored, header.size) };
}

function oldSegments(block: Buffer, start: number, count: number): Segment[] {
  const segments: Segment[] = [];
  for (let index = 0; index < count; index++) {
    const at = start + index * 24;
    if (block[at] === 0) break;
    segments.push({ offset: readNumber(block, at, 12), length: readNumber(block, at + 12, 12) });
  }
  return segments;
}

/** The map of sparse format 1.0: decimal numbers, one per line, starting with their count, padded to whole blocks. */
async function readMapAtHead(reader: ByteReader, stored: number): Promise<{ segments: Segment[]; length: number }> {
  const numbers: number[] = [];
  let unfinished = "";
  for (let length = 0; length < Math.min(stored, MAX_EXTENSION_LENGTH); ) {
    const lines = (unfinished + (await reader.exactly(BLOCK_LENGTH)).toString("latin1")).split("\n");
    length += BLOCK_LENGTH;
    unfinished = lines.pop() ?? "";
    const [count = -1] = numbers.length === 0 ? lines.slice(0, 1).map(readInteger) : numbers;
    const wanted = lines.slice(0, count === -1 ? 0 : 1 + count * 2 - numbers.length);
    numbers.push(...wanted.map(readInteger));
    if (numbers.length === 1 + count * 2) return { segments: pairs(numbers.slice(1)), length };
  }
  throw malformed("invalid sparse map");
}

function checkedSegments(segments: readonly Segment[], stored: number, size: number): Segment[] {
  let end = 0;
  let total = 0;
  for (const { offset, length } of segments) {
    if (offset < end || offset + length > size) throw malformed("invalid sparse map");
    end = offset + length;
    total += length;
  }
  if (total !== stored) throw malformed("invalid sparse map");
  return [...segments];
}
