// The list of skipped tests at the end of a run.
import { expect, test } from "bun:test";
import { skippedOf } from "../../../scripts/check/skipped.ts";

const report = `<testsuites name="bun test" tests="3" skipped="2">
  <testsuite name="a.test.ts" file="test/a.test.ts" tests="2">
    <testcase name="runs" classname="" time="1" file="test/a.test.ts" line="1" assertions="1" />
    <testcase name="a &lt; b" classname="" time="0" file="test/a.test.ts" line="2" assertions="0">
      <skipped />
    </testcase>
  </testsuite>
  <testsuite name="b.test.ts" file="test/b.test.ts" tests="1">
    <testcase name="other" classname="" time="0" file="test/b.test.ts" line="1" assertions="0">
      <skipped />
    </testcase>
  </testsuite>
</testsuites>`;

test("each file with its skipped tests and the missing requirements, once", () => {
  const missing = "test/a.test.ts\tdockerd\ntest/a.test.ts\tdockerd\ntest/c.test.ts\tfish\n";
  expect(skippedOf(report, missing)).toEqual([
    { file: "test/a.test.ts", tests: ["a < b"], requirements: ["dockerd"] },
    { file: "test/b.test.ts", tests: ["other"], requirements: [] },
  ]);
});

test("nothing skipped, nothing listed", () => {
  expect(skippedOf("", "")).toEqual([]);
});
