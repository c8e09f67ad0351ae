// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose files are what is tested.
import { describe, expect, test } from "bun:test";
import { parseDotenv, parseRawEnvironment } from "../../../src/compose/model/dotenv.ts";

const environment: Readonly<Record<string, string>> = { HOME: "/home/me", FOO: "from environment" };

function parsed(text: string, parse = parseDotenv): Record<string, string> {
  const into = new Map<string, string>();
  parse(text, into, (name) => environment[name]);
  return Object.fromEntries(into);
}

describe("a file of variables", () => {
  test.each([
    ["A=1", { A: "1" }],
    ["A = 1 ", { A: "1" }],
    ["export A=1", { A: "1" }],
    ["A: yaml", { A: "yaml" }],
    ["A=", { A: "" }],
    ["A=b # comment", { A: "b" }],
    ["A=b#c", { A: "b#c" }],
    ["# comment\n\nA=1\r\nB=2", { A: "1", B: "2" }],
    ['A="b # c"', { A: "b # c" }],
    ["A='$HOME \\n'", { A: "$HOME \\n" }],
    ['A="$HOME\\nnext"', { A: "/home/me\nnext" }],
    ['A="a \\"quoted\\" word"', { A: 'a "quoted" word' }],
    ['A="two\nlines"\nB=1', { A: "two\nlines", B: "1" }],
    ["A=$HOME/x\nB=${A}/y", { A: "/home/me/x", B: "/home/me/x/y" }],
    ["A=${MISSING:-d}", { A: "d" }],
    ["A='it\\'s'", { A: "it's" }],
    ['A="\\$HOME"', { A: "$HOME" }],
    ["A=$$HOME", { A: "$HOME" }],
    ["FOO", { FOO: "from environment" }],
    ["MISSING\nA=1", { A: "1" }],
    ["a.b-c[0]=1", { "a.b-c[0]": "1" }],
    ["\uFEFFA=1", { A: "1" }],
  ])("%j", (text, variables) => {
    expect(parsed(text)).toEqual(variables);
  });

  test.each([
    ["A B=1", "line 1: key cannot contain a space"],
    ["A=1\n%=2", 'line 2: unexpected character "%" in variable name "%=2"'],
    ['A="open', 'line 1: unterminated quoted value "open'],
    ["A=${", 'line 1: Invalid template: "${"'],
  ])("%j is refused", (text, message) => {
    expect(() => parsed(text)).toThrow(message);
  });

  test("the raw format keeps values unchanged", () => {
    expect(parsed('A="q"\n# c\nB=$HOME # no comment\nFOO\n', parseRawEnvironment)).toEqual({
      A: '"q"',
      B: "$HOME # no comment",
      FOO: "from environment",
    });
  });
});
