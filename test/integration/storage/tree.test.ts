// Packing and extracting a tree preserves it; GNU tar reads the archive, too.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeDevice, makeNode, S_IFBLK, S_IFIFO, setTimes } from "../../../src/linux/files.ts";
import { getXattr, setXattr } from "../../../src/linux/xattr.ts";
import { ByteReader } from "../../../src/storage/archive/bytes.ts";
import { Extractor } from "../../../src/storage/archive/extract.ts";
import { readArchive } from "../../../src/storage/archive/reader.ts";
import { packTree } from "../../../src/storage/archive/tree.ts";
import { copyTree } from "../../../src/storage/files/tree-copy.ts";
import { mustRun } from "../../support/command.ts";

const root = mkdtempSync(join(tmpdir(), "berth-tree-"));
const source = join(root, "source");
const LONG = "long-".repeat(40);
const path = (name: string) => Buffer.from(join(source, name));
const same = (uid: number, gid: number) => ({ uid, gid });

beforeAll(() => {
  mkdirSync(join(source, "directory", LONG), { recursive: true });
  writeFileSync(join(source, "file"), "content");
  writeFileSync(join(source, "directory", LONG, "deep"), Buffer.alloc(3_000_000, 7));
  writeFileSync(join(source, "ümlaut"), "");
  writeFileSync(Buffer.concat([path(""), Buffer.from([0xff, 0xfe])]), "not UTF-8");
  linkSync(join(source, "file"), join(source, "hard"));
  symlinkSync(`${LONG}/${LONG}`, join(source, "link"));
  makeNode(path("pipe"), S_IFIFO | 0o640);
  makeNode(path("block"), S_IFBLK | 0o600, makeDevice(259, 70_000));
  setXattr(path("file"), "user.bytes", Buffer.from([0, 1, 2, 255]));
  chownSync(join(source, "file"), 3_000_000, 12);
  chmodSync(join(source, "file"), 0o6755);
  chmodSync(join(source, "directory"), 0o1777);
  setTimes(path("file"), 1_000_000_001n, -1_500_000_000n);
  setTimes(path("directory"), 5n, 1_700_000_000_123_456_789n);
});
afterAll(() => rmSync(root, { recursive: true }));

async function* packed(name: string) {
  const pieces: Buffer[] = [];
  packTree(source, { name, withRoot: true }, (piece) => pieces.push(Buffer.from(piece)));
  yield* pieces;
}

async function unpackInto(target: string): Promise<void> {
  mkdirSync(target);
  const extractor = new Extractor({ directory: target, keepKinds: false, owner: same });
  for await (const entry of readArchive(new ByteReader(packed(".")))) await extractor.add(entry);
  extractor.finish();
}

/** Everything about a tree that must be preserved, by name. */
function describeTree(directory: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of readdirSync(directory, { recursive: true, encoding: "buffer" }).map((each) =>
    each.toString("latin1"),
  )) {
    const bytes = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name, "latin1")]);
    const status = lstatSync(bytes, { bigint: true });
    found[name] = {
      mode: status.mode,
      owner: [status.uid, status.gid],
      modified: status.mtimeNs,
      device: status.rdev,
      links: status.isDirectory() ? undefined : status.nlink,
      content: status.isFile() ? Bun.hash(readFileSync(bytes)) : undefined,
      target: status.isSymbolicLink() ? readlinkSync(bytes, { encoding: "buffer" }).toString("latin1") : undefined,
      attribute: Buffer.from(getXattr(bytes, "user.bytes") ?? []).toString("hex"),
    };
  }
  return found;
}

describe("packed and unpacked", () => {
  test("it is the same", async () => {
    await unpackInto(join(root, "unpacked"));
    expect(describeTree(join(root, "unpacked"))).toEqual(describeTree(source));
  });

  test("GNU tar reads it", async () => {
    const archive = join(root, "archive.tar");
    await Bun.write(archive, Buffer.concat(await Array.fromAsync(packed("."))));
    mkdirSync(join(root, "by-tar"));
    await mustRun([
      "tar",
      "--xattrs",
      "--xattrs-include=*",
      "--numeric-owner",
      "-xpf",
      archive,
      "-C",
      join(root, "by-tar"),
    ]);
    expect(describeTree(join(root, "by-tar"))).toEqual(describeTree(source));
  });

  test("names start with the requested prefix", async () => {
    const names: string[] = [];
    for await (const { header } of readArchive(new ByteReader(packed("given")))) names.push(header.name);
    expect(names[0]).toBe("given/");
    expect(names.every((name) => name.startsWith("given/"))).toBe(true);
  });
});

test("copies are identical except for mapped owners", () => {
  mkdirSync(join(root, "copied"));
  copyTree(source, join(root, "copied"), same);
  expect(describeTree(join(root, "copied"))).toEqual(describeTree(source));
  mkdirSync(join(root, "shifted"));
  copyTree(source, join(root, "shifted"), (uid, gid) => ({ uid: uid + 1, gid: gid + 2 }));
  expect(lstatSync(join(root, "shifted/file"))).toMatchObject({ uid: 3_000_001, gid: 14 });
});

test("omits sockets", async () => {
  const server = createServer().listen(join(source, "socket"));
  try {
    const names: string[] = [];
    for await (const { header } of readArchive(new ByteReader(packed(".")))) names.push(header.name);
    expect(names).not.toContain("./socket");
    expect(names).toContain("./pipe");
  } finally {
    server.close();
    rmSync(join(source, "socket"), { force: true });
  }
});
