// Errors by their errno's name.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { errorCode, isErrno } from "../../../src/linux/errno.ts";
import { SystemCallError } from "../../../src/linux/libc.ts";

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (thrown) {
    return thrown;
  }
};

test.each([
  ["a system call", new SystemCallError("open", 2), "ENOENT"],
  ["Node", thrownBy(() => readFileSync("/no/such/file")), "ENOENT"],
  ["an error without a code", new Error("x"), undefined],
  ["an error with a number", Object.assign(new Error("x"), { code: 2 }), undefined],
  ["no error", "ENOENT", undefined],
  ["nothing", undefined, undefined],
])("of %s", (_origin, thrown, code) => {
  expect(errorCode(thrown)).toBe(code);
  expect(isErrno(thrown, "EACCES", "ENOENT")).toBe(code === "ENOENT");
  expect(isErrno(thrown, "EACCES")).toBe(false);
});
