import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { compressRotated, rotate, splitNewest } from "../../../../src/engine/containers/logs/rotation.ts";

let directory = "";
let path = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-rotation-"));
  path = join(directory, "log");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const limits = (maxSize: number, maxFiles: number, compress = false) => ({ maxSize, maxFiles, compress });
const contents = () =>
  Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "latin1")]));

async function write(text: string, maxFiles: number): Promise<void> {
  writeFileSync(path, text);
  await rotate(path, limits(10, maxFiles), async () => writeFileSync(path, ""));
}

test("each rotation moves the files up and drops the oldest", async () => {
  for (const text of ["a", "b", "c", "d"]) await write(text, 3);
  expect(contents()).toEqual({ log: "", "log.1": "d", "log.2": "c" });
});

test("with one file no rotated file is kept", async () => {
  await write("a", 1);
  expect(contents()).toEqual({ log: "" });
});

test("the old file stays complete until there is a new one", async () => {
  writeFileSync(path, "a");
  const failing = rotate(path, limits(10, 1), () => Promise.reject(new Error("no monitor")));
  await expect(failing).rejects.toThrow("no monitor");
  expect(contents()).toEqual({ log: "a" });
});

test("rapid rotations with compression lose nothing", async () => {
  for (const text of ["a", "b", "c", "d", "e"]) {
    await write(text, 4);
    await compressRotated(`${path}.1`);
  }
  const unpacked = [1, 2, 3].map((number) => gunzipSync(readFileSync(`${path}.${number}.gz`)).toString());
  expect([unpacked, existsSync(`${path}.1`)]).toEqual([["e", "d", "c"], false]);
});

test("truncates a large file at line ends and keeps its end", async () => {
  const lines = Array.from({ length: 100 }, (_, index) => `${String(index).padStart(4, "0")}\n`);
  writeFileSync(`${path}.1`, lines.join(""));
  writeFileSync(`${path}.2`, "older");
  expect(await splitNewest(path, limits(102, 4))).toBe(3);
  const files = [3, 2, 1].map((number) => readFileSync(`${path}.${number}`, "latin1"));
  expect(files.map(({ length }) => length < 102 + 5)).toEqual([true, true, true]);
  expect(lines.join("")).toEndWith(files.join(""));
  expect(files.join("").length).toBeGreaterThan(290);
  expect(Object.keys(contents()).sort()).toEqual(["log.1", "log.2", "log.3"]);
});
