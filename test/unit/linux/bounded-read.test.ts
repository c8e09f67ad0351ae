// Reads of files that others write to: bounded by what is read, whatever the file's size was before.
import { expect, test } from "bun:test";
import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readUpTo } from "../../../src/linux/bounded-read.ts";
import { readFileInRoot, withRoot } from "../../../src/linux/openat2.ts";

function withFile(content: string, check: (path: string, directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "bounded-"));
  try {
    const path = join(directory, "file");
    writeFileSync(path, content);
    check(path, directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test.each([
  [0, 10, true],
  [10, 10, true],
  [11, 10, false],
  [200_000, 200_000, true],
  [200_001, 200_000, false],
])("%p bytes with a limit of %p are read: %p", (length, limit, isRead) => {
  withFile("x".repeat(length), (path, directory) => {
    const file = openSync(path, "r");
    expect(readUpTo(file, limit)?.length).toBe(isRead ? length : undefined);
    closeSync(file);
    expect(withRoot(directory, (root) => readFileInRoot(root, "file", limit))?.length).toBe(
      isRead ? length : undefined,
    );
  });
});

test("stops reading an endless file at the limit", () => {
  const endless = openSync("/dev/zero", "r");
  expect(readUpTo(endless, 1000)).toBeUndefined();
  closeSync(endless);
});

test("counts what a file grew by after it was opened", () => {
  withFile("x".repeat(10), (path) => {
    const file = openSync(path, "r");
    appendFileSync(path, "y".repeat(10));
    expect(readUpTo(file, 15)).toBeUndefined();
    closeSync(file);
  });
});
