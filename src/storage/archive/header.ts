// Reads and writes 512-byte tar headers: ustar, GNU and star formats. Names are byte strings with one character per raw
// byte, because names need not be UTF-8.
import { BerthError } from "../../api/errors.ts";

export const BLOCK_LENGTH = 512;

export type EntryType = "file" | "link" | "symlink" | "character" | "block" | "directory" | "fifo";

/** A file's metadata with extended headers applied. */
export interface TarHeader {
  type: EntryType;
  /** Byte string as in the archive: may be absolute, contain ".." or end in "/". */
  name: string;
  /** Byte string: the target of a link; otherwise empty. */
  linkName: string;
  /** Permissions including set-uid, set-gid and sticky bits. */
  mode: number;
  uid: number;
  gid: number;
  /** File size in bytes, including holes. */
  size: number;
  /** Nanoseconds since 1970. */
  modified: bigint;
  accessed?: bigint;
  major: number;
  minor: number;
  xattrs: ReadonlyMap<string, Uint8Array>;
  /** Sparse files: positions of the stored segments, in order; the rest reads as zeros. */
  segments?: readonly Segment[];
}

export interface Segment {
  offset: number;
  length: number;
}

/** Fields of a raw header, before extended headers are applied. */
export interface RawHeader {
  typeFlag: string;
  name: string;
  linkName: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  modifiedSeconds: number;
  major: number;
  minor: number;
}

/** An error with the prefix of Go's archive/tar, which Docker's clients show. */
export const malformed = (what: string): BerthError => new BerthError("invalidParameter", `archive/tar: ${what}`);

/** A truncated archive: Go's io.ErrUnexpectedEOF, which has no archive/tar prefix. */
export const cutShort = (): BerthError => new BerthError("invalidParameter", "unexpected EOF");

/** Parses a header; undefined for a zero block. @throws BerthError invalidParameter for a wrong checksum */
export function readHeader(block: Buffer): RawHeader | undefined {
  const stored = readNumber(block, 148, 8);
  let unsigned = 8 * 32;
  let signed = 8 * 32;
  let anything = 0;
  for (let index = 0; index < BLOCK_LENGTH; index++) {
    const byte = block[index] ?? 0;
    anything |= byte;
    if (index >= 148 && index < 156) continue;
    unsigned += byte;
    // Some old archivers computed the sum with signed characters.
    signed += byte < 128 ? byte : byte - 256;
  }
  if (anything === 0) return undefined;
  if (stored !== unsigned && stored !== signed) throw malformed("invalid tar header");
  const magic = block.toString("latin1", 257, 265);
  const isUstar = magic.startsWith("ustar\0");
  const isStar = isUstar && block.toString("latin1", 508, 512) === "tar\0";
  const name = readText(block, 0, 100);
  const prefix = isUstar ? readText(block, 345, isStar ? 131 : 155) : "";
  const hasDevices = magic.startsWith("ustar");
  return {
    typeFlag: String.fromCharCode(block[156] ?? 0),
    name: prefix === "" ? name : `${prefix}/${name}`,
    linkName: readText(block, 157, 100),
    mode: readNumber(block, 100, 8) & 0o7777,
    uid: readNumber(block, 108, 8),
    gid: readNumber(block, 116, 8),
    size: readNumber(block, 124, 12),
    modifiedSeconds: readNumber(block, 136, 12),
    major: hasDevices ? readNumber(block, 329, 8) : 0,
    minor: hasDevices ? readNumber(block, 337, 8) : 0,
  };
}

/** Text up to NUL or the field's end. */
export function readText(block: Buffer, start: number, length: number): string {
  const text = block.toString("latin1", start, start + length);
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}

/** An octal number, or base 256 when the field's first bit is set. */
export function readNumber(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if (first & 0x80) return readBase256(block.subarray(start, start + length));
  let index = start;
  const end = start + length;
  while (index < end && isBlank(block[index])) index += 1;
  let value = 0;
  // GNU tar may terminate a field early with NUL or space.
  for (; index < end && !isBlank(block[index]); index++) {
    const digit = (block[index] ?? 0) - ZERO;
    if (digit < 0 || digit > 7) throw malformed("invalid tar header");
    value = value * 8 + digit;
  }
  return value;
}

const ZERO = 0x30;
const isBlank = (byte: number | undefined): boolean => byte === 0 || byte === 0x20;

function readBase256(field: Buffer): number {
  const isNegative = ((field[0] ?? 0) & 0x40) !== 0;
  let value = BigInt(isNegative ? (field[0] ?? 0) | -256 : (field[0] ?? 0) & 0x7f);
  for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw malformed("number out of range");
  return number;
}

/** Encodes a ustar header; values that do not fit must already be in an extended header. */
export function writeHeader(header: RawHeader): Buffer {
  const block = Buffer.alloc(BLOCK_LENGTH);
  const { mode, uid, gid, size, modifiedSeconds, typeFlag } = header;
  const numbers = octal(8, mode) + octal(8, uid) + octal(8, gid) + octal(12, size) + octal(12, modifiedSeconds);
  block.write(header.name.slice(0, 100), 0, "latin1");
  block.write(`${numbers}        ${typeFlag}${header.linkName.slice(0, 100)}`, 100, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write(octal(8, header.major) + octal(8, header.minor), 329, "latin1");
  let sum = 0;
  // An index loop: this runs for every file, mostly before the code is JIT-compiled.
  for (let index = 0; index < BLOCK_LENGTH; index++) sum += block[index] ?? 0;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** The largest number that fits in `length` bytes as octal with NUL. */
export const largestOctal = (length: number): number => 8 ** (length - 1) - 1;

/** A field of `length` bytes. */
function octal(length: number, value: number): string {
  const fits = value >= 0 && value <= largestOctal(length);
  return `${(fits ? value : 0).toString(8).padStart(length - 1, "0")}\0`;
}
