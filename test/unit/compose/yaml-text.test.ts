// Printed YAML is what js-yaml prints, whichever of the two has written a value.
import { expect, test } from "bun:test";
import { dump } from "js-yaml";
import { yamlText } from "../../../src/compose/model/yaml-text.ts";

const expected = (value: unknown): string =>
  dump(value, { lineWidth: -1, noRefs: true, quoteStyle: "double", skipInvalid: true });

const texts = [
  "plain",
  "two words",
  "",
  " leading",
  "trailing ",
  "a:b",
  "a: b",
  "a:",
  "a #b",
  "#a",
  "- a",
  "-",
  "true",
  "Yes",
  "off",
  "n",
  "~",
  "null",
  "12",
  "012",
  "10s",
  "1m30s",
  "1.5h",
  "0o7",
  "1e3",
  ".inf",
  "2026-11-30",
  "1:30",
  "/bin/sh",
  "nginx:1.27@sha256:abc",
  "./x",
  "~/x",
  "*a",
  "&a",
  "!a",
  "%a",
  "@a",
  "`a",
  '"a"',
  "it's",
  "$HOME",
  `\${A:-b}`,
  "[a]",
  "{a}",
  "a, b",
  "line\nline",
  "line\nline\n",
  "\n\nline\n\n  more\n",
  "tab\there",
  "é",
  "日本",
  "\u0007",
  "x".repeat(200),
  "__proto__",
  "=",
  "<<",
  "a?",
  "?a",
];

test.each(texts)("%j as a value, an item, a key, and inside of collections", (text) => {
  for (const value of [text, [text], { a: text }, { [text]: text }, { a: { b: [[text], { c: text, d: [text] }] } }]) {
    expect(yamlText(value)).toBe(expected(value));
  }
});

test("values of other types, and empty collections", () => {
  const values = [
    null,
    true,
    0,
    -1,
    1.5,
    1e21,
    Number.NaN,
    [],
    {},
    [[]],
    [{}],
    { a: [] },
    { a: {}, b: undefined, c: null },
  ];
  for (const value of values) {
    for (const whole of [value, { key: value }, [value]]) expect(yamlText(whole)).toBe(expected(whole));
  }
});
