// Archives in memory: headers written and read back, extended headers, names, exact reads, gzip in members.
import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { ByteReader } from "../../../src/storage/archive/bytes.ts";
import { detectCompression } from "../../../src/storage/archive/compression.ts";
import { readRecords, writeRecords, writeTime } from "../../../src/storage/archive/extended.ts";
import { GzipMembers } from "../../../src/storage/archive/gzip.ts";
import { readNumber } from "../../../src/storage/archive/header.ts";
import { cleanName } from "../../../src/storage/archive/names.ts";
import { readArchive } from "../../../src/storage/archive/reader.ts";
import { chainIds } from "../../../src/storage/layers.ts";
import { archiveOf, type Entry } from "../../support/archive.ts";

/** The bytes in pieces of a length, so that every boundary falls everywhere. */
async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}

async function read(bytes: Uint8Array, length = bytes.length) {
  const found = [];
  for await (const { header, content } of readArchive(new ByteReader(pieces(bytes, length)))) {
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(Buffer.from(part));
    found.push({ ...header, content: Buffer.concat(parts).toString("latin1") });
  }
  return found;
}

const entries: Entry[] = [
  { name: "plain", content: "hello" },
  { name: "big-ids", uid: 4_000_000_000, gid: 2_097_152 },
  { name: `${"long/".repeat(60)}name`, content: "x".repeat(513) },
  { name: "exactly".padEnd(100, "y") },
  { name: "l", type: "symlink", linkName: "t".repeat(101) },
  { name: "h", type: "link", linkName: "plain" },
  { name: "c", type: "character", major: 1, minor: 3, mode: 0o666 },
  { name: "latin-\xe9", modified: 1n },
  { name: "before", modified: -1n },
  { name: "far", modified: 99_999_999_999n * 1_000_000_000n },
  {
    name: "attributes",
    xattrs: new Map([
      ["user.x", Buffer.from([0, 10, 255])],
      ["user.y", Buffer.alloc(0)],
    ]),
  },
];

test.each([1, 7, 511, 512, 513, 100_000])("reads what it wrote, %d bytes at a time", async (length) => {
  const found = await read(archiveOf(entries), length);
  expect(found).toHaveLength(entries.length);
  entries.forEach((entry, index) => {
    const { content = "", xattrs = new Map<string, Uint8Array>(), ...fields } = entry;
    expect(found[index]).toMatchObject({ ...fields, content });
    const attributes = found[index]?.xattrs ?? new Map<string, Uint8Array>();
    expect([...attributes].map(([name, value]) => [name, Buffer.from(value)])).toEqual(
      [...xattrs].map(([name, value]) => [name, Buffer.from(value)]),
    );
  });
});

test("skips unread contents", async () => {
  const names: string[] = [];
  for await (const { header } of readArchive(new ByteReader(pieces(archiveOf(entries), 100)))) names.push(header.name);
  expect(names).toEqual(entries.map(({ name }) => name));
});

test.each([
  ["0000644\0", 0o644],
  ["   644 \0", 0o644],
  ["\0\0\0\0\0\0\0\0", 0],
  ["644\0 \0\0\0", 0o644],
  ["\x80\0\0\0\0\0\x01\0", 256],
  ["\xff\xff\xff\xff\xff\xff\xff\xfe", -2],
])("the number field %p is %d", (field, expected) => {
  expect(readNumber(Buffer.from(field, "latin1"), 0, 8)).toBe(expected);
});

test.each(["abc     ", "\x80\x7f\xff\xff\xff\xff\xff\xff"])("rejects the number field %p", (field) => {
  expect(() => readNumber(Buffer.from(field, "latin1"), 0, 8)).toThrow("archive/tar");
});

describe("extended headers", () => {
  test.each([0, 1, 85, 86, 87, 90, 91, 92, 985, 986, 990])(
    "a record with %d bytes has the correct length",
    (length) => {
      const written = writeRecords([["key", Buffer.alloc(length, "v")]]);
      expect(written.toString("latin1", 0, written.indexOf(" "))).toBe(String(written.length));
      expect(readRecords(written)).toEqual([["key", Buffer.alloc(length, "v")]]);
    },
  );
  test.each(["9 a=b", "x a=b\n", "6 a=b\nrest", "5 ab\n", "5 =b\n", "99 a=b\n", "0 a=b\n"])("rejects %p", (text) => {
    expect(() => readRecords(Buffer.from(text))).toThrow("malformed extended header");
  });
  test.each<[bigint, string]>([
    [0n, "0"],
    [1_500_000_000n, "1.5"],
    [-1n, "-0.000000001"],
    [1_234_567_890_123_456_789n, "1234567890.123456789"],
  ])("the time %p is %s", (time, text) => {
    expect(writeTime(time)).toBe(text);
  });
});

test.each([
  ["a/b", "a/b"],
  ["./a//b/", "a/b"],
  ["/a", "a"],
  ["a/../b", "b"],
  ["./", ""],
  ["", ""],
  ["..", ""],
  ["../a", "a"],
  ["a/../../b", "b"],
  ["/..", ""],
  ["../.wh.x", ".wh.x"],
])("the name %p is %p", (name, expected) => {
  expect(cleanName(name)).toBe(expected);
});

test.each([
  [[0x1f, 0x8b, 8], "gzip"],
  [[0x28, 0xb5, 0x2f, 0xfd], "zstd"],
  [[0x5a, 0x2a, 0x4d, 0x18], "zstd"],
  [[0x42, 0x5a, 0x68], "bzip2"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz"],
  [[0x2e, 0x2f], "none"],
  [[], "none"],
] as const)("%p is %s", (start, expected) => {
  expect(detectCompression(Uint8Array.from(start))).toBe(expected);
});

test("gzip in members is one stream", () => {
  const random = crypto.getRandomValues(new Uint8Array(65536));
  const source = Buffer.concat([Buffer.alloc(9_000_000, "text "), ...Array.from({ length: 100 }, () => random)]);
  const members: Uint8Array[] = [];
  const gzip = new GzipMembers((member) => members.push(member));
  for (let start = 0; start < source.length; start += 70_001) gzip.add(source.subarray(start, start + 70_001));
  gzip.end();
  expect(members.length).toBe(4);
  expect(gunzipSync(Buffer.concat(members)).equals(source)).toBe(true);
});

test("chain IDs", () => {
  const [a, b] = ["sha256:a", "sha256:b"];
  const hash = (text: string) => `sha256:${new Bun.CryptoHasher("sha256").update(text).digest("hex")}`;
  expect(chainIds([a, b])).toEqual([a, hash(`${a} ${b}`)]);
  expect(chainIds([])).toEqual([]);
});
