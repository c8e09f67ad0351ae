// Patterns of paths and changes of modes, as COPY knows them.
import { describe, expect, test } from "bun:test";
import { modeChange } from "../../../src/storage/build/file-mode.ts";
import { hasWildcard, pathPattern, withoutEscapes } from "../../../src/storage/path-pattern.ts";

describe("patterns", () => {
  test.each([
    ["*.txt", "a.txt", true],
    ["*.txt", ".txt", true],
    ["*.txt", "d/a.txt", false],
    ["a?", "ab", true],
    ["[a-c]x", "bx", true],
    ["[^a-c]x", "bx", false],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
    ["a.b", "aXb", false],
  ])("%s and %s: %p", (pattern, name, expected) => {
    expect(pathPattern(pattern).test(name)).toBe(expected);
  });
  test.each([
    ["a*", true],
    ["[x", true],
    ["a\\*", false],
    ["a\\\\*", true],
    ["a", false],
  ])("%s has a wildcard: %p", (pattern, expected) => {
    expect(hasWildcard(pattern)).toBe(expected);
  });
  test("a pattern without wildcards is used unchanged", () => {
    expect(withoutEscapes("a\\*\\\\b")).toBe("a*\\b");
  });
});

describe("modes", () => {
  test.each([
    ["755", 0o644, false, 0o755],
    ["4755", 0o644, false, 0o4755],
    ["0", 0o777, true, 0],
    ["u=rw,go=r", 0o777, false, 0o644],
    ["u=rwX,go=rX", 0o600, true, 0o755],
    ["u=rwX,go=rX", 0o600, false, 0o644],
    ["u=rwX,go=rX", 0o700, false, 0o755],
    ["+x", 0o644, false, 0o755],
    ["a-w", 0o666, false, 0o444],
    ["g+s,o-rwx", 0o755, true, 0o2750],
    ["u+s", 0o755, false, 0o4755],
  ])("%s of %o (directory: %p) is %o", (text, mode, isDirectory, expected) => {
    expect(modeChange(text)(mode, isDirectory)).toBe(expected);
  });
  test.each(["x", "999", "77777", "u+q", ""])("rejects %p", (text) => {
    expect(() => modeChange(text)).toThrow(`invalid chmod parameter: '${text}'.`);
  });
});
