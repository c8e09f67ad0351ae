// Extracting malicious archives: confined to the layer; corrupted archives rejected, bombs harmless.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { getXattr } from "../../../src/linux/xattr.ts";
import { archiveOf, type Entry } from "../../support/archive.ts";
import { command, mustRun } from "../../support/command.ts";
import { unpackPlace } from "../../support/unpack-place.ts";

const place = unpackPlace();
const { unpack, at } = place;

describe("extraction is confined", () => {
  const evil: [string, (outsidePath: string) => Entry[]][] = [
    ["a name with ..", () => [{ name: "../outside/victim", content: "evil" }]],
    ["a name with .. deep inside", () => [{ name: "a/b/../../../outside/victim", content: "evil" }]],
    ["an absolute name", (path) => [{ name: `${path}/victim`, content: "evil" }]],
    [
      "a file through a relative link",
      () => [
        { name: "out", type: "symlink", linkName: "../outside" },
        { name: "out/victim", content: "evil" },
      ],
    ],
    [
      "a file through an absolute link",
      (path) => [
        { name: "out", type: "symlink", linkName: path },
        { name: "out/victim", content: "evil" },
      ],
    ],
    [
      "a file through two links",
      (path) => [
        { name: "a", type: "symlink", linkName: "b" },
        { name: "b", type: "symlink", linkName: path },
        { name: "a/new", content: "evil" },
      ],
    ],
    [
      "a file over a link to a file",
      (path) => [
        { name: "x", type: "symlink", linkName: `${path}/victim` },
        { name: "x", content: "evil" },
      ],
    ],
    ["a hard link to the outside", (path) => [{ name: "x", type: "link", linkName: `${path}/victim` }]],
    ["a hard link with ..", () => [{ name: "x", type: "link", linkName: "../outside/victim" }]],
    [
      "a hard link to a link, then a file through it",
      (path) => [
        { name: "a", type: "symlink", linkName: `${path}/victim` },
        { name: "b", type: "link", linkName: "a" },
        { name: "b", content: "evil" },
      ],
    ],
    [
      "a hard link through a link",
      (path) => [
        { name: "a", type: "symlink", linkName: path },
        { name: "b", type: "link", linkName: "a/victim" },
      ],
    ],
    [
      "a directory's owner and mode through a link",
      (path) => [
        { name: "a", type: "symlink", linkName: path },
        { name: "a/", type: "directory", mode: 0o777, uid: 1, gid: 1 },
      ],
    ],
    ["a whiteout of ..", () => [{ name: "a/.wh..." }]],
    ["a whiteout through a link", (path) => [{ name: "a", type: "symlink", linkName: path }, { name: "a/.wh.victim" }]],
    [
      "an opaque mark through a link",
      (path) => [{ name: "a", type: "symlink", linkName: path }, { name: "a/.wh..wh..opq" }],
    ],
    [
      "a removal through a link",
      (path) => [
        { name: "a", type: "symlink", linkName: path },
        { name: "a/victim", type: "directory" },
      ],
    ],
    ["the process's own directory", () => [{ name: "proc/self/root/etc/x", content: "evil" }]],
    [
      "overlay's own attributes",
      () => [
        { name: "d/", type: "directory", xattrs: new Map([["trusted.overlay.redirect", Buffer.from("/../../etc")]]) },
      ],
    ],
  ];
  test.each(evil)("%s", async (_name, entries) => {
    // Refusing is as good as keeping it inside: what counts is checked after each test.
    await unpack(archiveOf(entries(place.outside))).catch(() => {});
    if (existsSync(at("d"))) expect(getXattr(Buffer.from(at("d")), "trusted.overlay.redirect")).toBeUndefined();
  });

  test("names above the place.root stay inside, as in Docker", async () => {
    const entries: Entry[] = [
      { name: "../x", content: "1" },
      { name: "/d/../../y", content: "2" },
      { name: "l", type: "link", linkName: "/../../x" },
    ];
    await unpack(archiveOf(entries));
    expect(["x", "y", "l"].map((name) => readFileSync(at(name), "utf8"))).toEqual(["1", "2", "1"]);
  });

  test("keeps a link's place.target unchanged", async () => {
    await unpack(archiveOf([{ name: "l", type: "symlink", linkName: "/etc/../../x" }]));
    expect(readlinkSync(at("l"))).toBe("/etc/../../x");
  });
});

describe("rejects corrupted archives", () => {
  const good = archiveOf([{ name: "a", content: "x".repeat(5000) }, { name: "b" }]);
  test.each<[string, Uint8Array, RegExp]>([
    ["cut in a file", good.subarray(0, 3000), /^unexpected EOF$/],
    ["cut in a header", good.subarray(0, 300), /^unexpected EOF$/],
    ["a wrong checksum", flipped(good, 10), /invalid tar header/],
    ["no archive at all", Buffer.from("hello".repeat(500)), /invalid tar header/],
    ["gzip cut short", gzipSync(good).subarray(0, 60), /unexpected end|EOF/],
    ["gzip with a wrong sum", flipped(gzipSync(good), gzipSync(good).length - 6), /incorrect data check/],
    ["a long name longer than anything", archiveOf([{ name: "x".repeat(5000) }]), /name too long/i],
    ["an unknown type", unknownType(), /unhandled tar header type/],
    [
      "a device that is a directory's child",
      archiveOf([{ name: "f", content: "" }, { name: "f/g" }]),
      /not a directory/,
    ],
  ])("%s", async (_name, bytes, message) => {
    await expect(unpack(bytes)).rejects.toThrow(message);
  });

  test("an empty stream is an empty layer", async () => {
    expect(await unpack(new Uint8Array())).toMatchObject({ size: 0 });
  });
});

function flipped(bytes: Buffer, index: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ 0xff;
  return copy;
}

function unknownType(): Buffer {
  const archive = Buffer.from(archiveOf([{ name: "x" }]));
  const checksum = Number.parseInt(archive.toString("latin1", 148, 154), 8) - 0x30 + 0x56;
  archive.write(checksum.toString(8).padStart(6, "0"), 148, "latin1");
  archive.write("V", 156, "latin1");
  return archive;
}

describe("bombs", () => {
  test("gigabytes of zeros use no disk space", async () => {
    const member = gzipSync(Buffer.alloc(16 * 1024 * 1024));
    const head = archiveOf([{ name: "zeros", size: 2 ** 31, content: "" }], false).subarray(0, 512);
    const bomb = Buffer.concat([
      gzipSync(head),
      ...Array.from({ length: 128 }, () => member),
      gzipSync(Buffer.alloc(1024)),
    ]);
    await unpack(bomb);
    const stats = statSync(at("zeros"));
    expect(stats.size).toBe(2 ** 31);
    expect(stats.blocks * 512).toBeLessThan(1024 * 1024);
  });

  test("stops with an error before the disk is full", async () => {
    await onTmpfs("24m", async () => {
      const content = Buffer.from(crypto.getRandomValues(new Uint8Array(65536)));
      const entries = Array.from({ length: 1000 }, (_, index) => ({ name: `f${index}`, content }));
      expect(await unpack(archiveOf(entries)).catch(String)).toMatch(/write \/f\d+: no space left on device/);
    });
  });

  test("a hundred thousand entries", async () => {
    await onTmpfs("1g", async () => {
      const entries = Array.from(
        { length: 100_000 },
        (_, index): Entry => ({ name: `d${index % 100}/l${index}`, type: "symlink", linkName: "x" }),
      );
      await unpack(archiveOf(entries));
      expect(readdirSync(at("d7"))).toHaveLength(1000);
    });
  });

  async function onTmpfs(size: string, work: () => Promise<void>): Promise<void> {
    const mountPoint = join(place.root, "small");
    mkdirSync(mountPoint);
    await mustRun(["mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", mountPoint]);
    try {
      place.target = join(mountPoint, "layer");
      mkdirSync(place.target);
      await work();
    } finally {
      await command(["umount", "-l", mountPoint]);
    }
  }
});
