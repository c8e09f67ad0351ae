// PAX extended headers: "length key=value" records that override fields of the following header.
import { malformed, type Segment, type TarHeader } from "./header.ts";

export const XATTR_PREFIX = "SCHILY.xattr.";

/** One record; the value is raw bytes, a key may occur several times. */
export type ExtendedRecord = readonly [key: string, value: Buffer];

/** @throws BerthError invalidParameter for malformed records */
export function readRecords(data: Buffer): ExtendedRecord[] {
  const records: ExtendedRecord[] = [];
  for (let start = 0; start < data.length; ) {
    const space = data.indexOf(0x20, start);
    const digits = space === -1 ? "" : data.toString("latin1", start, space);
    const end = start + Number(digits);
    if (!/^[1-9]\d{0,9}$/.test(digits) || end > data.length || data[end - 1] !== 0x0a) throw malformedRecord();
    const equals = data.indexOf(0x3d, space);
    if (equals <= space + 1 || equals >= end) throw malformedRecord();
    records.push([data.toString("utf8", space + 1, equals), Buffer.from(data.subarray(equals + 1, end - 1))]);
    start = end;
  }
  return records;
}

const malformedRecord = () => malformed("malformed extended header");

/** Encodes records; a record's length includes its own digits. */
export function writeRecords(records: readonly ExtendedRecord[]): Buffer {
  return Buffer.concat(
    records.map(([key, value]) => {
      const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")]);
      let length = rest.length + String(rest.length).length;
      if (String(length).length > String(rest.length).length) length = rest.length + String(length).length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

/** Sparse file records in GNU tar's formats 0.0, 0.1 and 1.0. */
export interface SparseRecords {
  /** Undefined when the map precedes the file's data (format 1.0). */
  segments?: Segment[];
  realSize?: number;
}

/** Applies records to a header, except sparse maps, which the caller handles. */
export function applyRecords(header: TarHeader, records: readonly ExtendedRecord[]): SparseRecords | undefined {
  const xattrs = new Map(header.xattrs);
  let sparse: SparseRecords | undefined;
  let sparseName: string | undefined;
  let pendingOffset: number | undefined;
  const sparseRecords = (): SparseRecords => {
    sparse ??= {};
    return sparse;
  };
  for (const [key, value] of records) {
    const text = value.toString("latin1");
    if (key.startsWith(XATTR_PREFIX)) xattrs.set(key.slice(XATTR_PREFIX.length), value);
    else if (key === "path") header.name = withoutNul(text);
    else if (key === "GNU.sparse.name") sparseName = withoutNul(text);
    else if (key === "linkpath") header.linkName = withoutNul(text);
    else if (key === "size") header.size = readInteger(text);
    else if (key === "uid") header.uid = readInteger(text);
    else if (key === "gid") header.gid = readInteger(text);
    else if (key === "mtime") header.modified = readTime(text);
    else if (key === "atime") header.accessed = readTime(text);
    else if (key === "GNU.sparse.major") sparseRecords();
    else if (key === "GNU.sparse.size" || key === "GNU.sparse.realsize") sparseRecords().realSize = readInteger(text);
    else if (key === "GNU.sparse.map")
      sparseRecords().segments = pairs(text.split(",").filter(Boolean).map(readInteger));
    else if (key === "GNU.sparse.offset") pendingOffset = readInteger(text);
    else if (key === "GNU.sparse.numbytes" && pendingOffset !== undefined) {
      const target = sparseRecords();
      target.segments ??= [];
      target.segments.push({ offset: pendingOffset, length: readInteger(text) });
    }
  }
  header.xattrs = xattrs;
  // The regular path of such an entry is a placeholder for archivers without sparse support.
  header.name = sparseName ?? header.name;
  return sparse;
}

function withoutNul(text: string): string {
  if (text.includes("\0")) throw malformedRecord();
  return text;
}

/** Pairs of numbers as segments. */
export function pairs(numbers: readonly number[]): Segment[] {
  if (numbers.length % 2 !== 0) throw malformed("invalid sparse map");
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    offset: numbers[index * 2] ?? 0,
    length: numbers[index * 2 + 1] ?? 0,
  }));
}

/** A non-negative decimal integer. */
export function readInteger(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw malformedRecord();
  return value;
}

function readTime(text: string): bigint {
  const match = /^(-?)(\d{1,18})(?:\.(\d*))?$/.exec(text);
  if (!match) throw malformedRecord();
  const [, sign, seconds = "0", fraction = ""] = match;
  const time = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return sign === "-" ? -time : time;
}

/** The shortest exact text. */
export function writeTime(time: bigint): string {
  const absolute = time < 0n ? -time : time;
  const fraction = String(absolute % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${time < 0n ? "-" : ""}${absolute / 1_000_000_000n}${fraction === "" ? "" : `.${fraction}`}`;
}
