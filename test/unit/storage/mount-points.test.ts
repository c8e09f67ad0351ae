// Mount points that an image lacks: their place and their modes.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeMountPoints } from "../../../src/storage/mount-points.ts";

let directory = "";
let rootfs = "";
let source = "";
const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-mount-points-"));
  rootfs = join(directory, "rootfs");
  source = join(directory, "source");
  for (const path of [rootfs, source]) mkdirSync(path);
  writeFileSync(join(directory, "file"), "");
});
afterEach(() => rmSync(directory, { recursive: true }));

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

test("creates directories and files in the root filesystem, with their parents", () => {
  const file = join(directory, "file");
  makeMountPoints(
    rootfs,
    [
      { destination: "/a/b", source, readOnly: true },
      { destination: "/c/d", source: file, readOnly: false },
      { destination: "/e", readOnly: false },
    ],
    owner,
  );
  expect(["a", "a/b", "c", "e"].map((path) => modeOf(join(rootfs, path)))).toEqual(["755", "755", "755", "755"]);
  expect([statSync(join(rootfs, "c/d")).isFile(), modeOf(join(rootfs, "c/d"))]).toEqual([true, "755"]);
});

test("creates those below a bound directory in that directory, in any order, unless it is read-only or a tmpfs", () => {
  makeMountPoints(
    rootfs,
    [
      { destination: "/data/in/it", readOnly: false },
      { destination: "/data", source, readOnly: false },
      { destination: "/fixed/in", readOnly: false },
      { destination: "/fixed", source, readOnly: true },
      { destination: "/memory/in", readOnly: false },
      { destination: "/memory", readOnly: false },
    ],
    owner,
  );
  expect(statSync(join(source, "in/it")).isDirectory()).toBe(true);
  expect(["data/in", "fixed/in", "memory/in"].some((path) => existsSync(join(rootfs, path)))).toBe(false);
});

test("keeps existing files and confines links", () => {
  mkdirSync(join(rootfs, "kept"), { mode: 0o700 });
  symlinkSync("/elsewhere", join(rootfs, "link"));
  makeMountPoints(
    rootfs,
    [
      { destination: "/kept", source, readOnly: false },
      { destination: "/link/x", source, readOnly: false },
    ],
    owner,
  );
  expect(modeOf(join(rootfs, "kept"))).toBe("700");
  expect(existsSync("/elsewhere")).toBe(false);
});

test("leaves obstacles to the runtime", () => {
  writeFileSync(join(rootfs, "file"), "");
  makeMountPoints(rootfs, [{ destination: "/file/x", source, readOnly: false }], owner);
  expect(statSync(join(rootfs, "file")).isFile()).toBe(true);
});
