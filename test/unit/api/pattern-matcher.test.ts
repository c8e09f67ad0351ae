import { describe, expect, test } from "bun:test";
import { PatternMatcher, parseIgnoreFile } from "../../../src/api/pattern-matcher.ts";

/** The rules, the path, and whether it is ignored. */
const cases: [string, string, boolean][] = [
  ["", "a", false],
  ["a", "a", true],
  ["a", "a/b", true],
  ["a", "b/a", false],
  ["/a/", "a", true],
  ["*.md\n!README.md", "README.md", false],
  ["*.md\n!README.md", "NEWS.md", true],
  ["*.md", "docs/x.md", false],
  ["**/*.md", "docs/x.md", true],
  ["**", "a/b", true],
  ["a?", "ab", true],
  ["A", "a", false],
  ["# a", "# a", false],
  ["  a  ", "a", true],
  ["\ufeffa", "a", true],
  ["a\r\nb", "a", true],
  ["./a/../b", "b", true],
  ["c++", "c++", true],
  ["(x)|y", "(x)|y", true],
  ["(x)|y", "y", false],
  ["[ab]", "a", true],
  ["[^ab]", "a", false],
  ["[^ab]", "c", true],
  ["^a", "^a", true],
  ["a.b", "axb", false],
  ["a\\*", "a*", true],
  ["a\\*", "ab", false],
];

test.each(cases)("%j leaves %j out: %p", (text, path, expected) => {
  expect(new PatternMatcher(parseIgnoreFile(text)).matches(path)).toBe(expected);
});

test("reports an invalid pattern", () => {
  expect(() => new PatternMatcher(["["]).matches("a")).toThrow("syntax error in pattern");
});

describe("a directory that is ignored is searched", () => {
  test.each<[string, string, boolean]>([
    ["a\n!a/b", "a", true],
    ["a\n!a/b", "c", false],
    ["a\n!a/b/c", "a/b", true],
    ["a\n!a/b/c", "a/x", false],
    ["*\n!**/*.ts", "deep/down", true],
    ["*\n!src/*.ts", "src", true],
    ["*\n!src/*.ts", "docs", false],
    ["*\n!README.md", "src", false],
    ["a", "a", false],
  ])("%j, %j: %p", (text, directory, expected) => {
    expect(new PatternMatcher(parseIgnoreFile(text)).mayExceptBelow(directory)).toBe(expected);
  });
});

test.each([
  [["*.md"], "a.md", true],
  [["*.md"], "d/a.md", false],
  [["**/*.md"], "d/a.md", true],
  [["d"], "d/x", true],
  [["*.md", "!keep.md"], "keep.md", false],
  [["a+b"], "a+b", true],
  [["[^a]"], "b", true],
  [["[^a]"], "a", false],
  [["#a"], "#a", true],
  [[], "a", false],
])("%p leaves %s out: %p", (patterns, path, expected) => {
  expect(new PatternMatcher(patterns).matches(path)).toBe(expected);
});
