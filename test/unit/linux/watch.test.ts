import { expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchChanges } from "../../../src/linux/watch.ts";

test("notices a change right after another one of the same file", async () => {
  const directory = mkdtempSync(join(tmpdir(), "watched-"));
  const file = join(directory, "file");
  writeFileSync(file, "");
  let notice = () => {};
  const changed = () => new Promise<void>((resolve) => (notice = resolve));
  const watcher = watchChanges(directory, () => notice());
  let noticed = 0;
  for (let change = 0; change < 40; change++) {
    const seen = changed();
    appendFileSync(file, "x");
    await seen;
    noticed++;
  }
  watcher.close();
  rmSync(directory, { recursive: true });
  expect(noticed).toBe(40);
});
