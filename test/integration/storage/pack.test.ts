// Packing a container's changes: the extracted layer is identical, and other archivers can read it.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setXattr } from "../../../src/linux/xattr.ts";
import { mountRootFilesystem, unmountRootFilesystem } from "../../../src/storage/rootfs.ts";
import { runJob } from "../../../src/storage/worker/spawn.ts";
import { mustRun } from "../../support/command.ts";
import { describeTree } from "../../support/tree.ts";
import { unpackFile } from "../../support/unpack.ts";

let root: string;
let lower: string;
let upper: string;
let merged: string;
let again: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "berth-pack-"));
  const make = (name: string): string => {
    mkdirSync(join(root, name), { mode: 0o755 });
    return join(root, name);
  };
  [lower, upper, merged, again] = [make("lower"), make("upper"), make("merged"), make("again")];
  make("work");
});
afterEach(async () => {
  await unmountRootFilesystem(merged);
  rmSync(root, { recursive: true });
});

async function changeAndPack(change: (path: (name: string) => string) => Promise<void>): Promise<string> {
  mountRootFilesystem({ lower: [lower], upper, work: join(root, "work"), target: merged });
  await change((name) => join(merged, name));
  await unmountRootFilesystem(merged);
  const archive = join(root, "layer.tar");
  const packed = await runJob({ job: "pack", source: upper, archive, lower: [lower] });
  const unpacked = await unpackFile(archive, again, [lower]);
  if (packed.type !== "packed" || unpacked.type !== "unpacked") throw new Error("not the answers of these jobs");
  expect(unpacked.diffId).toBe(packed.digest);
  expect(statSync(archive).size).toBe(packed.size);
  return archive;
}

test("everything a container can do to files", async () => {
  mkdirSync(join(lower, "old/inside"), { recursive: true });
  mkdirSync(join(lower, "replaced"));
  for (const name of ["old/file", "old/gone", "replaced/hidden", "moved", "mode"])
    writeFileSync(join(lower, name), name);
  const archive = await changeAndPack(async (path) => {
    writeFileSync(path("new"), "new");
    writeFileSync(path("old/file"), "changed");
    rmSync(path("old/gone"));
    rmSync(path("replaced"), { recursive: true });
    mkdirSync(path("replaced"), { mode: 0o700 });
    writeFileSync(path("replaced/own"), "own");
    await mustRun(["mv", path("old/inside"), path("inside")]);
    await mustRun(["mv", path("moved"), path("old/moved")]);
    await mustRun(["chmod", "6555", path("mode")]);
    await mustRun(["chown", "4000000:5", path("new")]);
    linkSync(path("new"), path("z-second-name"));
    symlinkSync("../".repeat(60), path("link"));
    await mustRun(["mknod", path("zero"), "c", "1", "5"]);
    await mustRun(["mkfifo", path("fifo")]);
    await mustRun(["truncate", "-s", "300M", path("holes")]);
    await mustRun(["dd", "if=/dev/urandom", `of=${path("holes")}`, "bs=64k", "seek=4000", "count=2", "conv=notrunc"]);
    setXattr(Buffer.from(path("new")), "user.text", Buffer.from("value\n\0\xff", "latin1"));
    await mustRun(["setcap", "cap_sys_admin+ep", path("replaced/own")]);
    mkdirSync(path("d".repeat(200)));
    writeFileSync(join(path("d".repeat(200)), "f".repeat(200)), "long");
    await mustRun(["touch", "-d", "1960-01-02 03:04:05.123456789", path("new")]);
    await mustRun(["chmod", "711", path(".")]);
  });
  expect(describeTree(again)).toEqual(describeTree(upper));
  expect(statSync(join(again, "holes")).blocks).toBeLessThan(1024);
  expect(statSync(archive).size).toBeLessThan(1024 * 1024);

  const listed = await mustRun(["tar", "-tf", archive]);
  expect(listed).toContain("old/.wh.gone\n");
  expect(listed).toContain("replaced/.wh..wh..opq\n");
  const byTar = join(root, "by-tar");
  mkdirSync(byTar);
  await mustRun(["tar", "-C", byTar, "--xattrs", "--xattrs-include=*", "-xpf", archive]);
  for (const name of ["new", "holes", "mode", "link"]) {
    expect(describeTree(join(byTar, name))).toEqual(describeTree(join(upper, name)));
  }
});

test("omits unchanged files and the engine's mount points", async () => {
  await changeAndPack(async (path) => {
    for (const directory of ["dev", "dev/pts", "dev/shm", "etc", "proc", "sys"]) mkdirSync(path(directory));
    for (const file of [".dockerenv", "etc/hosts", "etc/hostname", "etc/resolv.conf"]) writeFileSync(path(file), "");
    symlinkSync("/proc/mounts", path("etc/mtab"));
  });
  expect(readFileSync(join(root, "layer.tar")).every((byte) => byte === 0)).toBe(true);
});

test("includes a mount point with content", async () => {
  const archive = await changeAndPack(async (path) => {
    mkdirSync(path("etc"));
    writeFileSync(path("etc/hosts"), "");
    writeFileSync(path("etc/passwd"), "root");
    mkdirSync(path("proc"));
  });
  expect(await mustRun(["tar", "-tf", archive])).toBe("etc/\netc/passwd\n");
});
