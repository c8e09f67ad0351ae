// Path patterns, by the cases of Go's own test of filepath.Match.
import { describe, expect, test } from "bun:test";
import { pathPattern } from "../../../src/storage/path-pattern.ts";

const cases: readonly (readonly [pattern: string, name: string, matches: boolean | "malformed"])[] = [
  ["abc", "abc", true],
  ["*", "abc", true],
  ["*c", "abc", true],
  ["a*", "a", true],
  ["a*", "abc", true],
  ["a*", "ab/c", false],
  ["a*/b", "abc/b", true],
  ["a*/b", "a/c/b", false],
  ["a*b*c*d*e*/f", "axbxcxdxe/f", true],
  ["a*b*c*d*e*/f", "axbxcxdxexxx/f", true],
  ["a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false],
  ["a*b*c*d*e*/f", "axbxcxdxexxx/fff", false],
  ["a*b?c*x", "abxbbxdbxebxczzx", true],
  ["a*b?c*x", "abxbbxdbxebxczzy", false],
  ["ab[c]", "abc", true],
  ["ab[b-d]", "abc", true],
  ["ab[e-g]", "abc", false],
  ["ab[^c]", "abc", false],
  ["ab[^b-d]", "abc", false],
  ["ab[^e-g]", "abc", true],
  ["a\\*b", "a*b", true],
  ["a\\*b", "ab", false],
  ["a?b", "a☺b", true],
  ["a[^a]b", "a☺b", true],
  ["a???b", "a☺b", false],
  ["a[^a][^a][^a]b", "a☺b", false],
  ["[a-ζ]*", "α", true],
  ["*[a-ζ]", "A", false],
  ["a?b", "a/b", false],
  ["a*b", "a/b", false],
  ["[\\]a]", "]", true],
  ["[\\-]", "-", true],
  ["[x\\-]", "x", true],
  ["[x\\-]", "-", true],
  ["[x\\-]", "z", false],
  ["[\\-x]", "x", true],
  ["[\\-x]", "-", true],
  ["[\\-x]", "a", false],
  ["[]a]", "]", "malformed"],
  ["[-]", "-", "malformed"],
  ["[x-]", "x", "malformed"],
  ["[x-]", "-", "malformed"],
  ["[x-]", "z", "malformed"],
  ["[-x]", "x", "malformed"],
  ["[-x]", "-", "malformed"],
  ["[-x]", "a", "malformed"],
  ["\\", "a", "malformed"],
  ["[a-b-c]", "a", "malformed"],
  ["[", "a", "malformed"],
  ["[^", "a", "malformed"],
  ["[^bc", "a", "malformed"],
  ["a[", "a", "malformed"],
  ["a[", "ab", "malformed"],
  ["a[", "x", "malformed"],
  ["a/b[", "x", "malformed"],
  ["*x", "xxx", true],
];

describe("Go's cases", () => {
  test.each(cases)("%j %j: %p", (pattern, name, expected) => {
    if (expected === "malformed") expect(() => pathPattern(pattern)).toThrow("syntax error in pattern");
    else expect(pathPattern(pattern).test(name)).toBe(expected);
  });
});

test.each([
  ["?", "😀", true],
  ["[😀-😂]", "😁", true],
  ["[a\\-z]", "m", false],
  ["[a\\-z]", "-", true],
  ["[z-a]", "m", false],
  ["[^a]", "/", true],
  ["", "", true],
  ["", "a", false],
  ["**", "a", true],
  ["a.c", "abc", false],
])("%j %j: %p", (pattern, name, expected) => {
  expect(pathPattern(pattern).test(name)).toBe(expected);
});

test("many stars match quickly", () => {
  expect(pathPattern(`${"a*".repeat(500)}b`).test("a".repeat(5000))).toBe(false);
});
