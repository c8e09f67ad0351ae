import { describe, expect, test } from "bun:test";
import { IgnoreRules } from "../../../../src/cli/build/ignore.ts";

/** As the list of rules, the path, and whether it is left out. */
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
  expect(new IgnoreRules(text).ignores(path)).toBe(expected);
});

test("reports an invalid pattern", () => {
  expect(() => new IgnoreRules("[").ignores("a")).toThrow("error checking context: syntax error in pattern");
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
    expect(new IgnoreRules(text).mayWantBelow(directory)).toBe(expected);
  });
});
