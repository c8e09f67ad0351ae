// Extracting layers: exact for everything that an archive can contain.
import { describe, expect, test } from "bun:test";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { setTimes } from "../../../src/linux/files.ts";
import { getXattr, setXattr } from "../../../src/linux/xattr.ts";
import { archiveOf, type Entry } from "../../support/archive.ts";
import { mustRun } from "../../support/command.ts";
import { describeTree } from "../../support/tree.ts";
import { unpackPlace } from "../../support/unpack-place.ts";

const place = unpackPlace();
const { unpack, at } = place;

describe("reads archives written by GNU tar", () => {
  const formats = ["gnu", "pax", "ustar"];
  test.each(formats)("format %s", async (format) => {
    const source = join(place.root, "source");
    await makeTree(source, format);
    const archive = join(place.root, "archive.tar");
    const xattrs = format === "pax" ? ["--xattrs", "--xattrs-include=*"] : [];
    await mustRun(["tar", "-C", source, "--numeric-owner", `--format=${format}`, ...xattrs, "-cf", archive, "."]);
    const answer = await unpack(readFileSync(archive));
    expect(answer.type).toBe("unpacked");
    expect(describeTree(place.target)).toEqual(describeTree(source));
  });

  test.each(["0.0", "0.1", "1.0", "old"])("holes, form %s", async (form) => {
    const source = join(place.root, "source");
    mkdirSync(source);
    await mustRun(["truncate", "-s", "50M", join(source, "holes")]);
    await mustRun([
      "dd",
      "if=/dev/urandom",
      `of=${join(source, "holes")}`,
      "bs=4k",
      "seek=300",
      "count=3",
      "conv=notrunc",
    ]);
    await mustRun(["truncate", "-s", "8M", join(source, "nothing")]);
    const style = form === "old" ? ["--format=gnu"] : ["--format=pax", `--sparse-version=${form}`];
    await mustRun(["tar", "-C", source, "-S", ...style, "-cf", join(place.root, "archive.tar"), "."]);
    await unpack(readFileSync(join(place.root, "archive.tar")));
    const plain = (path: string) => describeTree(path, { withDirectoryTimes: false });
    const seconds = (tree: Record<string, string>) => Object.values(tree).map((line) => line.replace(/\d{19}/, ""));
    expect(seconds(plain(place.target))).toEqual(seconds(plain(source)));
    expect(statSync(at("holes")).blocks).toBeLessThan(1000);
  });

  test("a name that is not UTF-8", async () => {
    await unpack(archiveOf([{ name: "caf\xe9", content: "x" }]));
    expect(readdirSync(place.target, { encoding: "buffer" })).toEqual([Buffer.from("caf\xe9", "latin1")]);
  });

  test("times before 1970 and with nanoseconds", async () => {
    await unpack(
      archiveOf([
        { name: "old", modified: -1_500_000_001n },
        { name: "fine", modified: 1_234_567_890_123_456_789n },
      ]),
    );
    expect(lstatSync(at("old"), { bigint: true }).mtimeNs).toBe(-1_500_000_001n);
    expect(lstatSync(at("fine"), { bigint: true }).mtimeNs).toBe(1_234_567_890_123_456_789n);
  });
});

async function makeTree(source: string, format: string): Promise<void> {
  mkdirSync(join(source, "directory"), { recursive: true, mode: 0o755 });
  writeFileSync(join(source, "directory/file"), "content");
  writeFileSync(join(source, "set-uid"), "program", { mode: 0o755 });
  await mustRun(["chown", "1234:56789", join(source, "set-uid")]);
  await mustRun(["chmod", "6751", join(source, "set-uid")]);
  await mustRun(["chmod", "1777", join(source, "directory")]);
  linkSync(join(source, "directory/file"), join(source, "z-link"));
  symlinkSync("../../nowhere", join(source, "symlink"));
  await mustRun(["mknod", join(source, "null"), "c", "1", "3"]);
  await mustRun(["mknod", join(source, "disk"), "b", "8", "17"]);
  await mustRun(["mkfifo", join(source, "fifo")]);
  const long = format === "ustar" ? "long/".repeat(30) : "l".repeat(200).concat("/").repeat(3);
  mkdirSync(join(source, long), { recursive: true });
  writeFileSync(join(source, long, "n".repeat(90)), "deep");
  if (format !== "ustar") symlinkSync("t".repeat(300), join(source, "long-target"));
  if (format === "pax") {
    setXattr(Buffer.from(join(source, "set-uid")), "user.note", Buffer.from([0, 255, 10, 61]));
    await mustRun(["setcap", "cap_net_raw+ep", join(source, "directory/file")]);
  }
  const whole = (path: string): void => {
    const stats = lstatSync(path, { bigint: true });
    setTimes(Buffer.from(path), stats.atimeNs, format === "pax" ? stats.mtimeNs : 1_600_000_000n * 1_000_000_000n);
    if (stats.isDirectory()) for (const name of readdirSync(path)) whole(join(path, name));
    if (stats.isDirectory()) setTimes(Buffer.from(path), stats.atimeNs, 1_500_000_000n * 1_000_000_000n);
  };
  whole(source);
}

describe("compression", () => {
  const archive = archiveOf([{ name: "file", content: "x".repeat(100_000) }]);
  const half = archive.length >> 1;
  const members = [archive.subarray(0, half), archive.subarray(half)];
  test.each([
    ["none", archive],
    ["gzip", gzipSync(archive)],
    ["gzip with several members", Buffer.concat(members.map((member) => gzipSync(member)))],
    ["zstd", zstdCompressSync(archive)],
    ["zstd with several frames", Buffer.concat(members.map((member) => zstdCompressSync(member)))],
    ["bzip2", Bun.spawnSync(["bzip2", "-c"], { stdin: archive }).stdout],
    ["xz", Bun.spawnSync(["xz", "-c"], { stdin: archive }).stdout],
  ])("%s", async (_name, bytes) => {
    expect(await unpack(bytes)).toEqual({
      type: "unpacked",
      diffId: `sha256:${new Bun.CryptoHasher("sha256").update(archive).digest("hex")}`,
      size: 100_000,
      hasRoot: false,
      hasDirectories: true,
    });
    expect(readFileSync(at("file"), "utf8")).toBe("x".repeat(100_000));
  });
});

describe("whiteouts", () => {
  const isWhiteout = (path: string): boolean => {
    const stats = lstatSync(at(path));
    return stats.isCharacterDevice() && stats.rdev === 0;
  };
  const isOpaque = (path: string): boolean =>
    Buffer.from(getXattr(Buffer.from(at(path)), "trusted.overlay.opaque") ?? []).toString() === "y";

  test("become overlay whiteouts", async () => {
    await unpack(archiveOf([{ name: "d/", type: "directory" }, { name: "d/.wh.gone" }, { name: "e/.wh..wh..opq" }]));
    expect(isWhiteout("d/gone")).toBe(true);
    expect(isOpaque("e")).toBe(true);
    expect(readdirSync(at("e"))).toEqual([]);
  });
  test("do not affect files of the same layer", async () => {
    await unpack(
      archiveOf([
        { name: "kept", content: "1" },
        { name: ".wh.kept" },
        { name: ".wh.later" },
        { name: "later", content: "2" },
        { name: ".wh.dir" },
        { name: "dir/", type: "directory" },
        { name: "dir/file", content: "3" },
        { name: "late/", type: "directory" },
        { name: "late/file", content: "4" },
        { name: ".wh.late" },
        { name: ".wh.implied" },
        { name: "implied/file", content: "5" },
      ]),
    );
    expect(
      ["kept", "later", "dir/file", "late/file", "implied/file"].map((path) => readFileSync(at(path), "utf8")),
    ).toEqual(["1", "2", "3", "4", "5"]);
    expect(["dir", "late", "implied"].map(isOpaque)).toEqual([true, true, true]);
  });
  test("internal files of the aufs driver are skipped", async () => {
    await unpack(archiveOf([{ name: ".wh..wh.aufs" }, { name: ".wh..wh.plnk/", type: "directory" }]));
    expect(readdirSync(place.target)).toEqual([]);
  });
});

test("an implied directory keeps the metadata of the one below", async () => {
  const below = join(place.root, "below");
  mkdirSync(join(below, "a/b"), { recursive: true });
  await mustRun(["chown", "7:8", join(below, "a/b")]);
  await mustRun(["chmod", "1711", join(below, "a/b")]);
  await mustRun(["chmod", "750", below]);
  await unpack(archiveOf([{ name: "a/b/file" }]), [below]);
  expect(describeTree(at("a/b"))["."]).toBe(describeTree(join(below, "a/b"))["."]);
  expect((statSync(place.target).mode & 0o7777).toString(8)).toBe("750");
});

test.each<[Entry[], { hasRoot: boolean; hasDirectories: boolean }]>([
  [[{ name: "./", type: "directory" }, { name: "a" }], { hasRoot: true, hasDirectories: true }],
  [[{ name: "a/", type: "directory" }, { name: "a/b" }], { hasRoot: false, hasDirectories: true }],
  [[{ name: "a/b/", type: "directory" }], { hasRoot: false, hasDirectories: false }],
])("whether it depends on what is below is told: %p", async (entries, expected) => {
  expect(await unpack(archiveOf(entries))).toMatchObject(expected);
});

describe("later entries win", () => {
  test.each<[string, Entry[], string]>([
    [
      "file over file",
      [
        { name: "x", content: "1" },
        { name: "x", content: "2" },
      ],
      "2",
    ],
    [
      "file over directory",
      [
        { name: "x/y", content: "1" },
        { name: "x", content: "2" },
      ],
      "2",
    ],
    [
      "file over a dangling link",
      [
        { name: "x", type: "symlink", linkName: "gone" },
        { name: "x", content: "2" },
      ],
      "2",
    ],
  ])("%s", async (_name, entries, content) => {
    await unpack(archiveOf(entries));
    expect(lstatSync(at("x")).isFile()).toBe(true);
    expect(readFileSync(at("x"), "utf8")).toBe(content);
  });
  test("a directory replaces a file, and the reverse", async () => {
    await unpack(
      archiveOf([
        { name: "x", content: "1" },
        { name: "x/", type: "directory", mode: 0o700 },
        { name: "x/deep/y", content: "1" },
        { name: "x", content: "2" },
        { name: "x/deep/z", content: "3" },
      ]).subarray(0),
    ).catch((thrown: unknown) => expect(String(thrown)).toContain("is not a directory"));
  });
});
