// The algebra of filters: one key's values are alternatives, keys and labels must all match.
import { describe, expect, test } from "bun:test";
import { parseFilters } from "../../../src/api/filters.ts";
import { Filters } from "../../../src/engine/filters.ts";

const parse = (text: string | null) => Filters.of(parseFilters(text), ["name", "label", "status", "dangling"]);

test.each([null, "", "{}", '{"name":[]}'])("%j matches everything", (text) => {
  expect(parse(text).exact("name", "x")).toBe(true);
});

test.each([
  ['{"name":["a","b"]}', "b", true],
  ['{"name":["a","b"]}', "c", false],
  ['{"name":{"a":true,"b":true}}', "b", true],
  ['{"name":{"a":false}}', "a", true],
])("%s on %p: %p", (text, value, expected) => {
  expect(parse(text).exact("name", value)).toBe(expected);
});

test.each([
  ["web", "/my-web-1", true],
  ["^/web", "/my-web-1", false],
  ["web-[0-9]$", "/my-web-1", true],
  ["[", "/[", false],
  ["[", "[", true],
])("the pattern %p on %p: %p", (pattern, value, expected) => {
  expect(parse(JSON.stringify({ name: [pattern] })).pattern("name", value)).toBe(expected);
});

test.each([
  [["a"], { a: "1" }, true],
  [["a=1"], { a: "1" }, true],
  [["a=1", "b"], { a: "1" }, false],
  [["a=2"], { a: "1" }, false],
  [["a=b=c"], { a: "b=c" }, true],
  [["a"], null, false],
  [[], null, true],
])("labels %j on %j: %p", (wanted, labels, expected) => {
  expect(parse(JSON.stringify({ label: wanted })).labels("label", labels)).toBe(expected);
});

test.each([
  ["(?i)WEB", "web1", true],
  ["^[[:alpha:]]+$", "web", true],
  ["(?P<n>w)eb", "web", true],
  ["(?=w)", "web", false],
  ["(w)\\1", "ww", false],
  ["[", "[", true],
  ["[", "x", false],
])("Go's syntax: %p on %p: %p", (pattern, value, expected) => {
  expect(parse(JSON.stringify({ name: [pattern] })).pattern("name", value)).toBe(expected);
});

test.each([
  [["x{1000}x{1000}"]],
  [["((a{10}){10}){10}".repeat(10)]],
  [Array.from({ length: 300 }, (_, at) => `web[${at}]+`)],
])("too large to compile: %p", (values) => {
  expect(() => parse(JSON.stringify({ name: values })).pattern("name", "web")).toThrow("expression too large");
});

test("matches a catastrophic-backtracking expression in linear time", () => {
  expect(parse('{"name":["^(a|a)*$"]}').pattern("name", `${"a".repeat(5000)}b`)).toBe(false);
});

test("prefixes", () => {
  const filters = parse('{"name":["abc"]}');
  expect(filters.prefix("name", "zzz", "abcdef")).toBe(true);
  expect(filters.prefix("name", "ab")).toBe(false);
});

test.each([
  ['{"dangling":["true"]}', true],
  ['{"dangling":["0"]}', false],
  ["{}", undefined],
])("%s as a flag: %p", (text, expected) => {
  expect(parse(text).flag("dangling")).toBe(expected);
});

describe("refused", () => {
  test.each([
    ["x", "invalid filters"],
    ["[]", "invalid filters: not a JSON object"],
    ["null", "invalid filters: not a JSON object"],
    ['{"name":"x"}', "values must be lists"],
    ['{"name":[5]}', "values must be lists"],
    ['{"colour":["red"]}', "invalid filter 'colour'"],
  ])("%s", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  test("an ambiguous flag", () => {
    expect(() => parse('{"dangling":["maybe"]}').flag("dangling")).toThrow("invalid filter 'dangling=[maybe]'");
    expect(() => parse('{"dangling":["true","false"]}').flag("dangling")).toThrow("invalid filter");
  });
});
