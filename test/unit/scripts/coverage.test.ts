// Records of coverage from several processes become one list of missed lines.
import { expect, test } from "bun:test";
import { addRecord, formatRanges, type Missed } from "../../../scripts/coverage/missed.ts";

test("a line is missed if every process that loaded the file missed it", () => {
  const missed: Missed = new Map();
  addRecord(missed, "a.ts\t1-3,7,9-12\nb.ts\t5\n");
  addRecord(missed, "a.ts\t2-4,9,11-20\n");
  addRecord(missed, "c.ts\t\n");
  const formatted = [...missed].map(([path, lines]) => [path, formatRanges(lines)]);
  expect(formatted).toEqual([
    ["a.ts", "2-3,9,11-12"],
    ["b.ts", "5"],
    ["c.ts", ""],
  ]);
});
