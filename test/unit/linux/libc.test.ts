// Errors of system calls by their names.
import { expect, test } from "bun:test";
import { SystemCallError } from "../../../src/linux/libc.ts";

test.each([
  [2, "ENOENT"],
  [11, "EAGAIN"],
  [95, "ENOTSUP"],
  [9999, "errno 9999"],
])("errno %d is %s", (errno, code) => {
  expect(new SystemCallError("openat2", errno)).toMatchObject({ code, message: `openat2: ${code}` });
});
