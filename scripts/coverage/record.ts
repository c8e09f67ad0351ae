// Preloaded into every Bun process of `npm run coverage`. On exit it writes the lines that did not run, one line for each
// loaded file of src: the path, a tab, and line numbers as in "8-10,13".
import { codeCoverageForFile } from "bun:jsc";
import { randomUUID } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { join } from "node:path";

declare module "bun:jsc" {
  /**
   * Undocumented; needs JSC's control flow profiler (BUN_JSC_useControlFlowProfiler=1).
   * @returns " path | % of functions | % of lines | lines that did not run"
   * @throws Error if the file is not loaded
   */
  function codeCoverageForFile(path: string, ignoreSourceMap: boolean): string;
}

const { BERTH_COVERAGE_DIRECTORY: directory } = process.env;
const sources = join(import.meta.dir, "..", "..", "src");

if (directory !== undefined) {
  // Opened now, because workers change their root.
  const output = openSync(join(directory, randomUUID()), "w");
  const write = (): void => {
    const loaded = Object.keys(require.cache).filter((path) => path.startsWith(`${sources}/`));
    writeSync(output, loaded.map((path) => `${path.slice(sources.length + 1)}\t${missedLines(path)}\n`).join(""));
  };
  process.on("exit", write);
  // Bun's test runner emits no exit event.
  if (isTestRunner()) (await import("bun:test")).afterAll(write);
}

/** Only there can the module be imported. */
function isTestRunner(): boolean {
  return Bun.main.endsWith(".test.ts");
}

/** "" for data and for modules without code, which have no source. */
function missedLines(path: string): string {
  try {
    return codeCoverageForFile(path, false).split("|").at(-1)?.trim() ?? "";
  } catch {
    return "";
  }
}
