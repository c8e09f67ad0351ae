// Supported API versions, and the errors for the others.
import { expect, test } from "bun:test";
import { negotiate } from "../../../src/server/versions.ts";

test.each([
  [undefined, { major: 1, minor: 51 }],
  ["1.22", { major: 1, minor: 22 }],
  ["1.47", { major: 1, minor: 47 }],
  ["1.51", { major: 1, minor: 51 }],
])("%p is %j", (text, version) => {
  expect(negotiate(text)).toEqual(version);
});

test.each([
  [
    "1.21",
    "client version 1.21 is too old. Minimum supported API version is 1.22, please upgrade your client to a newer version",
  ],
  ["1", "client version 1 is too old."],
  [".1", "client version .1 is too old."],
  ["0.9", "client version 0.9 is too old."],
  ["1.52", "client version 1.52 is too new. Maximum supported API version is 1.51"],
  ["2.0", "client version 2.0 is too new."],
  ["1.240", "client version 1.240 is too new."],
  ["1.40.1", "invalid API version: 1.40.1"],
  ["1.99999999999999999999999", "invalid API version"],
])("%p is refused", (text, message) => {
  expect(() => negotiate(text)).toThrow(message);
});
