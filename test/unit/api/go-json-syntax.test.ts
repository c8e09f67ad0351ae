// JSON errors in Go's words. The expected messages were printed by Docker 20.10 and by Go 1.24.
import { expect, test } from "bun:test";
import { parseJson } from "../../../src/api/go-json-syntax.ts";

function reasonOf(text: string): string {
  try {
    return JSON.stringify(parseJson(text));
  } catch (thrown) {
    return thrown instanceof SyntaxError ? thrown.message : String(thrown);
  }
}

test.each([
  ["x", "invalid character 'x' looking for beginning of value"],
  ["{", "unexpected EOF"],
  ['{"a":', "unexpected EOF"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
  ["[1", "unexpected EOF"],
  ["[1 2]", "invalid character '2' after array element"],
  ["[1}", "invalid character '}' after array element"],
  ["[,1]", "invalid character ',' looking for beginning of value"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ['{"a":1]', "invalid character ']' after object key:value pair"],
  ['{"Image":"x",}', "invalid character '}' looking for beginning of object key string"],
  ['{"Image":"b\u0001"}', "invalid character '\\x01' in string literal"],
  ['{"a":"b\n"}', "invalid character '\\n' in string literal"],
  ['{"a":"\\q"}', "invalid character 'q' in string escape code"],
  ['{"a":"\\u12x4"}', "invalid character 'x' in \\u hexadecimal character escape"],
  ['"\\u12', "unexpected EOF"],
  ['"a', "unexpected EOF"],
  ["nul", "unexpected EOF"],
  ["nuX", "invalid character 'X' in literal null (expecting 'l')"],
  ["tru", "unexpected EOF"],
  ["flase", "invalid character 'l' in literal false (expecting 'a')"],
  ['{"a":01}', "invalid character '1' after object key:value pair"],
  ['{"a":1e}', "invalid character '}' in exponent of numeric literal"],
  ['{"a":1e+x}', "invalid character 'x' in exponent of numeric literal"],
  ['{"a":1.}', "invalid character '}' after decimal point in numeric literal"],
  ['{"a":-}', "invalid character '}' in numeric literal"],
  ["-", "unexpected EOF"],
  ['{"a":.5}', "invalid character '.' looking for beginning of value"],
  ['["a" "b"]', "invalid character '\"' after array element"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
  ["é", "invalid character 'Ã' looking for beginning of value"],
  ['{"a":1} trailing', "unexpected content after JSON"],
  ["01", "unexpected content after JSON"],
  ["[".repeat(10_001), "exceeded max depth"],
  [' {"a": [1, -2.5e3, "\\u00e9", {}, [], null]} ', '{"a":[1,-2500,"é",{},[],null]}'],
])("%p", (text, expected) => {
  expect(reasonOf(text)).toBe(expected);
});
