// Writes tar archives: ustar headers, plus PAX headers for names, numbers, times and attributes that do not fit.
import { type ExtendedRecord, writeRecords, writeTime, XATTR_PREFIX } from "./extended.ts";
import {
  BLOCK_LENGTH,
  type EntryType,
  largestOctal,
  type RawHeader,
  type Segment,
  type TarHeader,
  writeHeader,
} from "./header.ts";

const flagOfType: Readonly<Record<EntryType, string>> = {
  file: "0",
  link: "1",
  symlink: "2",
  character: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

const MAX_NAME_LENGTH = 100;
const MAX_ID = largestOctal(8);
const MAX_SIZE = largestOctal(12);
const BILLION = 1_000_000_000n;

/** Two blocks of zeros end an archive. */
export const END_OF_ARCHIVE: Uint8Array = new Uint8Array(2 * BLOCK_LENGTH);

/** Zero padding of the last block of `length` bytes. */
export function paddingAfter(length: number): Uint8Array {
  return END_OF_ARCHIVE.subarray(0, (BLOCK_LENGTH - (length % BLOCK_LENGTH)) % BLOCK_LENGTH);
}

/**
 * The bytes before an entry's content: its headers and, for a sparse file, the map. The caller writes the content (all
 * bytes, or those of the header's segments) and the padding.
 */
export function encodeEntry(header: TarHeader): Buffer {
  const records: ExtendedRecord[] = [];
  const add = (key: string, value: string): void => {
    records.push([key, Buffer.from(value, "latin1")]);
  };
  const map = header.segments ? sparseMap(header.segments) : undefined;
  const stored = map ? map.length + storedLength(header.segments ?? []) : header.size;
  const raw: RawHeader = {
    typeFlag: flagOfType[header.type],
    name: map ? `GNUSparseFile.0/${header.name}` : header.name,
    linkName: header.linkName,
    mode: header.mode,
    uid: header.uid,
    gid: header.gid,
    size: header.type === "file" ? stored : 0,
    modifiedSeconds: Number(header.modified / BILLION),
    major: header.major,
    minor: header.minor,
  };
  if (map) {
    add("GNU.sparse.major", "1");
    add("GNU.sparse.minor", "0");
    add("GNU.sparse.name", header.name);
    add("GNU.sparse.realsize", String(header.size));
  }
  if (raw.name.length > MAX_NAME_LENGTH) add("path", raw.name);
  if (raw.linkName.length > MAX_NAME_LENGTH) add("linkpath", raw.linkName);
  if (raw.size > MAX_SIZE) add("size", String(raw.size));
  if (raw.uid > MAX_ID) add("uid", String(raw.uid));
  if (raw.gid > MAX_ID) add("gid", String(raw.gid));
  const isPlainTime = header.modified >= 0n && header.modified % BILLION === 0n && raw.modifiedSeconds <= MAX_SIZE;
  if (!isPlainTime) add("mtime", writeTime(header.modified));
  for (const [name, value] of header.xattrs) records.push([`${XATTR_PREFIX}${name}`, Buffer.from(value)]);
  const own = writeHeader(raw);
  if (records.length === 0) return map ? Buffer.concat([own, map]) : own;
  const extension = extensionOf(header, writeRecords(records));
  return Buffer.concat(map ? [...extension, own, map] : [...extension, own]);
}

/** A PAX header, its records and their padding. */
function extensionOf({ name }: TarHeader, data: Buffer): Uint8Array[] {
  const head = writeHeader({
    typeFlag: "x",
    name: `PaxHeaders.0/${name}`.slice(0, MAX_NAME_LENGTH),
    linkName: "",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: data.length,
    modifiedSeconds: 0,
    major: 0,
    minor: 0,
  });
  return [head, data, paddingAfter(data.length)];
}

export function storedLength(segments: readonly Segment[]): number {
  return segments.reduce((sum, { length }) => sum + length, 0);
}

function sparseMap(segments: readonly Segment[]): Buffer {
  const numbers = [segments.length, ...segments.flatMap(({ offset, length }) => [offset, length])];
  const text = Buffer.from(`${numbers.join("\n")}\n`);
  return Buffer.concat([text, paddingAfter(text.length)]);
}
