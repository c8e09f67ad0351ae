// The operating system's errors as Docker's command line prints them.
import { expect, test } from "bun:test";
import { lstatSync, openSync } from "node:fs";
import { systemErrorText } from "../../../src/cli/system-errors.ts";

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof Error) return thrown;
  }
  throw new Error("nothing was thrown");
}

test.each([
  [() => lstatSync("/etc/passwd/x"), "lstat /etc/passwd/x: not a directory"],
  [() => openSync("/nosuch/x", "r"), "open /nosuch/x: no such file or directory"],
])("%p %s", (work, text) => {
  expect(systemErrorText(thrownBy(work))).toBe(text);
});

test("other errors stay as they are", () => {
  expect(systemErrorText(new Error("EXAMPLE: no, not this"))).toBeUndefined();
  expect(systemErrorText(new Error("a mistake"))).toBeUndefined();
});
