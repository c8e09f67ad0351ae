// Writes by a thread of the C library.
import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BackgroundWrite } from "../../../src/linux/background-write.ts";
import { eventually } from "../../support/command.ts";

test("the bytes are written to the beginning of the file, each time", async () => {
  const directory = mkdtempSync(join(tmpdir(), "background-write-"));
  try {
    const path = join(directory, "file");
    writeFileSync(path, "");
    const bytes = Buffer.from("first");
    const write = new BackgroundWrite(path, bytes);
    bytes.fill("x");
    for (let round = 0; round < 3; round++) {
      writeFileSync(path, "");
      await eventually("the write", () => {
        write.begin();
        return readFileSync(path, "utf8") === "first";
      });
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a file that is not there is refused at once", () => {
  expect(() => new BackgroundWrite("/nonexistent/file", Buffer.from("x"))).toThrow("ENOENT");
});
