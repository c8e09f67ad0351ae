// One 512-byte header of a tar archive: ustar, GNU and star flavours, read and written.
// Names are byte strings: one character for each raw byte, as a name in an archive need not be UTF-8.
import { BerthError } from "../../api/errors.ts";

export const BLOCK_LENGTH = 512;

export type EntryType = "file" | "link" | "symlink" | "character" | "block" | "directory" | "fifo";

/** What an archive says of one file, with its extended headers applied. */
export interface TarHeader {
  type: EntryType;
  /** Byte string; as in the archive, so it may be absolute, hold ".." or end in "/". */
  name: string;
  /** Byte string: what a link points to; empty for all else. */
  linkName: string;
  /** Permissions with set-uid, set-gid and sticky bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of the file, holes counted. */
  size: number;
  /** Nanoseconds since 1970. */
  modified: bigint;
  accessed?: bigint;
  major: number;
  minor: number;
  xattrs: ReadonlyMap<string, Uint8Array>;
  /** For a file with holes: where its stored bytes go, in order; the rest reads as zeros. */
  segments?: readonly Segment[];
}

export interface Segment {
  offset: number;
  length: number;
}

/** The fields of a raw header, extended ones not applied. */
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

/** What Go's archive/tar says, which clients of Docker see. */
export const malformed = (what: string): BerthError => new BerthError("invalidParameter", `archive/tar: ${what}`);

/** An archive that ends too early: an error of Go's io package, which does not name archive/tar. */
export const cutShort = (): BerthError => new BerthError("invalidParameter", "unexpected EOF");

/** Reads a header; undefined for a block of zeros. @throws BerthError invalidParameter when its checksum is wrong */
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
    // Some old archivers summed signed characters.
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

/** Text up to its NUL or the field's end. */
export function readText(block: Buffer, start: number, length: number): string {
  const text = block.toString("latin1", start, start + length);
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}

/** A number in octal digits, or in base 256 when the field's first bit is set. */
export function readNumber(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if (first & 0x80) return readBase256(block.subarray(start, start + length));
  let index = start;
  const end = start + length;
  while (index < end && isBlank(block[index])) index += 1;
  let value = 0;
  // GNU tar ends a field early with a NUL or a space.
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

/** Encodes a ustar header; what does not fit its fields must have been put into an extended header before. */
export function writeHeader(header: RawHeader): Buffer {
  const block = Buffer.alloc(BLOCK_LENGTH);
  const { mode, uid, gid, size, modifiedSeconds, typeFlag } = header;
  const numbers = [octal(8, mode), octal(8, uid), octal(8, gid), octal(12, size), octal(12, modifiedSeconds)].join("");
  block.write(header.name.slice(0, 100), 0, "latin1");
  block.write(`${numbers}        ${typeFlag}${header.linkName.slice(0, 100)}`, 100, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  block.write(octal(8, header.major) + octal(8, header.minor), 329, "latin1");
  let sum = 0;
  // By index: this runs for every file, mostly before the compiler has had a look at it.
  for (let index = 0; index < BLOCK_LENGTH; index++) sum += block[index] ?? 0;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** The largest number that `length` bytes hold as octal digits with a NUL. */
export const largestOctal = (length: number): number => 8 ** (length - 1) - 1;

/** A field of `length` bytes. */
function octal(length: number, value: number): string {
  const fits = value >= 0 && value <= largestOctal(length);
  return `${(fits ? value : 0).toString(8).padStart(length - 1, "0")}\0`;
}
