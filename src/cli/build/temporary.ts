// A temporary directory that is removed when the program exits.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "berth-build-"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
