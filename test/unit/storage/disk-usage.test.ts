// The size of a directory, and the end of counting one that takes too long.
import { expect, test } from "bun:test";
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directorySize } from "../../../src/storage/disk-usage.ts";

test("counts sizes of files, hard links once, and no directories", async () => {
  const directory = mkdtempSync(join(tmpdir(), "usage-"));
  try {
    mkdirSync(join(directory, "below"));
    writeFileSync(join(directory, "one"), "12345");
    linkSync(join(directory, "one"), join(directory, "below/same"));
    writeFileSync(join(directory, "below/with\nnewline"), "123");
    expect(await directorySize(directory)).toBe(8);
    expect(await directorySize(join(directory, "missing"))).toBe(0);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("an aborted count has no result", async () => {
  const controller = new AbortController();
  const counting = directorySize("/", controller.signal);
  controller.abort();
  expect(await counting).toBeUndefined();
  expect(await directorySize("/", controller.signal)).toBeUndefined();
});
