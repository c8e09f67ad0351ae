import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { unmapProgramPages } from "../../../src/linux/program-pages.ts";

/** Resident kilobytes of all mapped code. */
function residentCode(): number {
  const mappings = readFileSync("/proc/self/smaps", "latin1").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return mappings
    .filter((mapping) => /^\S+ r-xp \S+ \S+ [1-9]/.test(mapping))
    .reduce((sum, mapping) => sum + Number(/^Rss:\s+(\d+)/m.exec(mapping)?.[1]), 0);
}

test("code that only the start needed is unmapped, and what is needed is mapped again", () => {
  const before = residentCode();
  unmapProgramPages();
  const after = residentCode();
  expect(after).toBeGreaterThan(0);
  expect(after).toBeLessThan(before);
});
