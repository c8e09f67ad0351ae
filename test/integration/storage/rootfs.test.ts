// Overlay mounts of real directories: order of layers, read-only mounts, long lists and long paths.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountRootFilesystem, unmountRootFilesystem } from "../../../src/storage/rootfs.ts";

let root: string;
let target: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "berth-rootfs-"));
  target = directory("target");
});
afterEach(async () => {
  await unmountRootFilesystem(target);
  rmSync(root, { recursive: true });
});

function directory(name: string, files: Record<string, string> = {}): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

const writableLayer = (name = "container") => ({ upper: directory(`${name}/upper`), work: directory(`${name}/work`) });

test("the first layer is the top one and writes go to the writable layer", async () => {
  const lower = [directory("2", { both: "top" }), directory("1", { both: "bottom", base: "base" })];
  const writable = writableLayer();
  mountRootFilesystem({ lower, ...writable, target });
  expect(readFileSync(join(target, "both"), "utf8")).toBe("top");
  expect(readFileSync(join(target, "base"), "utf8")).toBe("base");
  writeFileSync(join(target, "new"), "written");
  await unmountRootFilesystem(target);
  expect(readdirSync(target)).toEqual([]);
  expect(readFileSync(join(writable.upper, "new"), "utf8")).toBe("written");
});

test.each([1, 2])("%d layers without a writable one are mounted read-only", (count) => {
  const lower = Array.from({ length: count }, (_, index) => directory(`${index}`, { [`file${index}`]: "" }));
  mountRootFilesystem({ lower, target });
  expect(readdirSync(target)).toHaveLength(count);
  expect(() => writeFileSync(join(target, "new"), "")).toThrow("EROFS");
});

test("300 layers fit", () => {
  const lower = Array.from({ length: 300 }, (_, index) => directory(`${index}/diff`, { [`file${index}`]: "" }));
  mountRootFilesystem({ lower, ...writableLayer(), target });
  expect(readdirSync(target)).toHaveLength(300);
});

test("mounts paths unsuitable for fsconfig with an option string", () => {
  const odd = `${"long".repeat(50)}/${"path".repeat(30)}/a,b:c`;
  const lower = [directory(`${odd}/2`, { top: "" }), directory(`${odd}/1`, { bottom: "" })];
  mountRootFilesystem({ lower, ...writableLayer(odd), target });
  expect(readdirSync(target).sort()).toEqual(["bottom", "top"]);
  expect(existsSync(process.cwd())).toBe(true);
});

test("unmounting an unmounted or missing path is no error", async () => {
  await unmountRootFilesystem(target);
  await unmountRootFilesystem(join(root, "nowhere"));
});
