// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose files are what is tested.
import { describe, expect, test } from "bun:test";
import { substitute } from "../../../src/compose/model/template.ts";

const variables: Readonly<Record<string, string>> = { SET: "value", EMPTY: "", OTHER: "other", json: "{}" };

function expanded(text: string): { value: string; unset: string[] } {
  const unset: string[] = [];
  const value = substitute(
    text,
    (name) => variables[name],
    (name) => unset.push(name),
  );
  return { value, unset };
}

describe("variables", () => {
  test.each([
    ["plain", "plain"],
    ["$SET", "value"],
    ["${SET}", "value"],
    ["a$SET-b", "avalue-b"],
    ["${SET}${OTHER}", "valueother"],
    ["$$SET", "$SET"],
    ["$$$SET", "$value"],
    ["$${SET}", "${SET}"],
    ["costs 5$", "costs 5$"],
    ["$1 and $.", "$1 and $."],
    ["${SET:-default}", "value"],
    ["${EMPTY:-default}", "default"],
    ["${UNSET:-default}", "default"],
    ["${EMPTY-default}", ""],
    ["${UNSET-default}", "default"],
    ["${UNSET:-}", ""],
    ["${UNSET:-a:-b}", "a:-b"],
    ["${UNSET-a-b}", "a-b"],
    ["${SET:+there}", "there"],
    ["${EMPTY:+there}", ""],
    ["${UNSET:+there}", ""],
    ["${EMPTY+there}", "there"],
    ["${UNSET+there}", ""],
    ["${SET:?needed}", "value"],
    ["${EMPTY?needed}", ""],
    ["${UNSET:-${OTHER}}", "other"],
    ["${UNSET:-${ALSO:-${SET}}}", "value"],
    ["${UNSET:-$OTHER-$SET}", "other-value"],
    ["${SET:+${OTHER:-x}/y}", "other/y"],
    ["${UNSET:-/path/${SET}/end}", "/path/value/end"],
    ['${UNSET:-{"a": 1}}', '{"a": 1}'],
    ["${UNSET:-$$literal}", "$literal"],
    ["${UNSET:-two\nlines}", "two\nlines"],
    ["${SET}}", "value}"],
  ])("%s", (text, value) => {
    expect(expanded(text)).toEqual({ value, unset: [] });
  });

  test("an unset one is an empty string and causes a warning", () => {
    expect(expanded("a${UNSET}b$UNSET")).toEqual({ value: "ab", unset: ["UNSET", "UNSET"] });
  });

  test.each([
    ["${UNSET:?}", "required variable UNSET is missing a value"],
    ["${UNSET?set it}", "required variable UNSET is missing a value: set it"],
    ["${EMPTY:?not $SET}", "required variable EMPTY is missing a value: not value"],
    ["${", "${"],
    ["${}", "${}"],
    ["${1a}", "${1a}"],
    ["${SET", "${SET"],
    ["${SET!}", "${SET!}"],
    ["${ SET }", "${ SET }"],
  ])("%s is refused", (text, message) => {
    expect(() => expanded(text)).toThrow(message);
  });

  test("rejects infinitely nested defaults", () => {
    expect(() => expanded(`${"${A:-".repeat(2_000)}x${"}".repeat(2_000)}`)).toThrow();
  });
});
