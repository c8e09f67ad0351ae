// Variables in the words of a Dockerfile.
import { describe, expect, test } from "bun:test";
import { expand, expandDocument } from "../../../src/dockerfile/variables.ts";

const values: Record<string, string> = { A: "one", EMPTY: "", P: "/usr/local/lib.tar.gz", TWO: "80 443", Q: 'a"b' };
const lookup = (name: string): string | undefined => values[name];

describe("one word", () => {
  test.each([
    ["$A", "one"],
    [`x\${A}y`, "xoney"],
    ["$A/$B", "one/"],
    ["$", "$"],
    ["a$/b", "a$/b"],
    ["\\$A", "$A"],
    ["\\\\$A", "\\one"],
    ["'$A'", "$A"],
    ['"$A b"', "one b"],
    ['"\\$A \\" \\x"', '$A " \\x'],
    ["a\\ b", "a b"],
    ["$Q", 'a"b'],
    ["$1x", "x"],
    ["$@y", "y"],
    [`\${A:-z}`, "one"],
    [`\${B:-z}`, "z"],
    [`\${B-z}`, "z"],
    [`\${EMPTY:-z}`, "z"],
    [`\${EMPTY-z}`, ""],
    [`\${A:+z}`, "z"],
    [`\${B:+z}`, ""],
    [`\${EMPTY:+z}`, ""],
    [`\${EMPTY+z}`, "z"],
    [`\${B:-\${A}}`, "one"],
    [`\${B:-'}'}`, "}"],
    [`\${A:?no}`, "one"],
    [`\${P#*/}`, "usr/local/lib.tar.gz"],
    [`\${P##*/}`, "lib.tar.gz"],
    [`\${P%.*}`, "/usr/local/lib.tar"],
    [`\${P%%.*}`, "/usr/local/lib"],
    [`\${P%nothing}`, "/usr/local/lib.tar.gz"],
    [`\${A#o?}`, "e"],
    [`\${P/\\/usr/\\/opt}`, "/opt/local/lib.tar.gz"],
    [`\${P//l/L}`, "/usr/LocaL/Lib.tar.gz"],
    [`\${P/l*./x.}`, "/usr/x.gz"],
    [`\${A/./x}`, "one"],
  ])("%s is %s", (word, expected) => {
    expect(expand(word, lookup, "\\").text).toBe(expected);
  });

  test("another character escapes", () => {
    expect(expand("`$A c:\\x", lookup, "`").text).toBe("$A c:\\x");
  });

  test.each([
    [`\${A`, "syntax error: missing '}'"],
    [`\${}`, "syntax error: bad substitution"],
    [`\${:x}`, "syntax error: bad substitution"],
    [`\${A:x}`, "unsupported modifier (:x) in substitution"],
    [`\${A!x}`, "unsupported modifier (!) in substitution"],
    [`\${B:?gone}`, "B: gone"],
    [`\${B?}`, "B: is not allowed to be unset"],
    [`\${EMPTY:?}`, "EMPTY: is not allowed to be empty"],
    ["'x", "unexpected end of statement while looking for matching single-quote"],
    ['"x', "unexpected end of statement while looking for matching double-quote"],
    [`\${A/x}`, `syntax error: missing '/' in \${}`],
  ])("%s fails", (word, message) => {
    expect(() => expand(word, lookup, "\\")).toThrow(`failed to process "${word}": ${message}`);
  });
});

test.each([
  ["$TWO", ["80", "443"]],
  ['"$TWO"', ["80 443"]],
  ["a$TWO", ["a80", "443"]],
  ["$TWO/tcp", ["80", "443/tcp"]],
  ["$B", []],
])("the words of %s", (word, expected) => {
  expect(expand(word, lookup, "\\").words).toEqual(expected);
});

test("quotes have no meaning in a here-document", () => {
  const content = `it's "$A" \\$A \${B:-x} \\\\n \\n $\n`;
  expect(expandDocument(content, lookup)).toBe('it\'s "one" $A x \\n n $\n');
});
