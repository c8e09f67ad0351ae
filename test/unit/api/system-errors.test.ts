// The operating system's errors in the words that Docker prints.
import { expect, test } from "bun:test";
import { lstatSync, openSync } from "node:fs";
import { messageOf } from "../../../src/api/errors.ts";
import { systemErrorReason, systemErrorText } from "../../../src/api/system-errors.ts";

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
  const error = thrownBy(work);
  expect(systemErrorText(error)).toBe(text);
  expect(messageOf(error)).toBe(text);
  expect(systemErrorReason(error)).toBe(text.split(": ")[1]);
});

test("leaves other errors unchanged", () => {
  expect(systemErrorText(new Error("EXAMPLE: no, not this"))).toBeUndefined();
  expect(systemErrorText(new Error("a mistake"))).toBeUndefined();
});
