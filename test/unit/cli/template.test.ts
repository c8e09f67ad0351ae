// Go templates: a corpus of common templates, and Go's error messages.
import { describe, expect, test } from "bun:test";
import { structType, toStruct } from "../../../src/cli/template/struct-type.ts";
import { compileTemplate } from "../../../src/cli/template/template.ts";
import { Struct } from "../../../src/cli/template/values.ts";

const data = {
  a: 1,
  s: "hi",
  list: [1, 2, "x"],
  labels: { k: "v", empty: "" },
  yes: true,
  deep: { x: { y: 3 } },
  none: null,
  pi: 1.618,
};

const render = (source: string): string => compileTemplate(source).render(data);

describe("output", () => {
  test.each([
    ["{{.a}} {{.s}} {{.list}} {{.labels}} {{.nope}}", "1 hi [1 2 x] map[empty: k:v] <no value>"],
    ["{{range $i, $e := .list}}{{$i}}={{$e}},{{end}}", "0=1,1=2,2=x,"],
    ["{{range .labels}}{{.}};{{end}}", ";v;"],
    ["{{range $k, $v := .labels}}{{$k}}:{{$v}} {{end}}", "empty: k:v "],
    ["{{range .nope}}a{{else}}b{{end}}", "b"],
    ["{{range 3}}{{.}}{{end}}", "012"],
    ["{{range .list}}{{if eq . 2}}{{break}}{{end}}{{.}}{{end}}", "1"],
    ["{{range .list}}{{if eq (print .) `2`}}{{continue}}{{end}}{{.}}{{end}}", "1x"],
    ["{{if and .yes (eq .a 1)}}Y{{else if .yes}}Z{{else}}N{{end}}", "Y"],
    ["{{if .none}}Y{{else}}N{{end}}", "N"],
    ["{{with .deep}}{{.x.y}}{{end}}{{with .none}}a{{else with .s}}{{.}}{{end}}", "3hi"],
    ["{{- .s -}}  x", "hix"],
    ["a  {{- /* note */ -}}  b", "ab"],
    ["{{/* note */}}k", "k"],
    ['{{define "t"}}<{{.}}>{{end}}{{template "t" .s}}', "<hi>"],
    ['{{block "b" .s}}[{{.}}]{{end}}', "[hi]"],
    ["{{$x := 5}}{{$x}}{{$x = 6}}{{$x}}", "56"],
    ["{{range .list}}{{$.s}}{{end}}", "hihihi"],
    ["{{(index .list 2) | printf `%s`}} {{(.deep).x.y}}", "x 3"],
    ["{{index .labels `k`}}|{{index .labels `nope`}}|", "v|<no value>|"],
    ["{{len .list}} {{len .s}} {{slice .s 1}} {{slice .list 0 1}}", "3 2 i [1]"],
    ["{{not .yes}} {{or .none 0 .s}} {{and .yes 0}}", "false hi 0"],
    ["{{lt 1 2}} {{ge 2.5 2.5}} {{ne `a` `b`}} {{eq .s `x` `hi`}}", "true true true true"],
    ["{{1.5}} {{'a'}} {{0x10}} {{1_000}} {{\"a\\tb\"}} {{`r\\n`}}", "1.5 97 16 1000 a\tb r\\n"],
    ['{{html "<a>"}} {{js "it\'s"}} {{urlquery "a b"}}', "&lt;a&gt; it\\'s a+b"],
    ['{{print 1 2 "a" "b" 3.5 true nil}}', "1 2ab3.5 true <nil>"],
    ["{{println .s}}", "hi\n"],
    ["{{json .labels}} {{json .list}} {{json `<`}}", '{"empty":"","k":"v"} [1,2,"x"] "<"'],
    ['{{join .list ","}} {{split "a,b" ","}}', "1,2,x [a b]"],
    ['{{title "abc def"}} {{upper .s}} {{lower "ABC"}}', "Abc Def HI abc"],
    ['{{pad .s 2 3}}|{{pad "" 2 3}}|{{truncate "abcdef" 3}}', "  hi   ||abc"],
    ["{{.s | upper | printf `%s-%s` `x`}}", "x-HI"],
  ])("%s", (source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe("printf", () => {
  test.each([
    ['"%-5s|%5d|%05.1f|%q|%x" .s .a .pi .s .s', 'hi   |    1|001.6|"hi"|6869'],
    ['"%v %+v %t %%" .list .labels .yes', "[1 2 x] map[empty: k:v] true %"],
    ['"%.2s|%5.1s|" .s .s', "hi|    h|"],
    ['"%b %o %X %c %U" 5 8 255 97 97', "101 10 FF a U+0061"],
    ['"%+d % d %08.3f %e" 5 5 .pi 1234.5', "+5  5 0001.618 1.234500e+03"],
    ['"%*d" 5 1', "    1"],
    ['"%d" .s', "%!d(string=hi)"],
    ['"%s"', "%!s(MISSING)"],
    ['"x" 1', "x%!(EXTRA int=1)"],
    ['"%T %T" .s .a', "string int"],
  ])("%s", (call, expected) => {
    expect(render(`{{printf ${call}}}`)).toBe(expected);
  });
});

describe("invalid templates", () => {
  test.each([
    ["{{.s", "template: :1: unclosed action"],
    ["{{foo}}", 'template: :1: function "foo" not defined'],
    ["{{if}}x{{end}}", "template: :1: missing value for if"],
    ["{{}}", "template: :1: missing value for command"],
    ["{{end}}", "template: :1: unexpected {{end}}"],
    ["{{range .list}}", "template: :1: unexpected EOF"],
    ["{{.s}", "template: :1: bad character U+007D '}'"],
    ["a\n{{#}}", "template: :2: unrecognized character in action: U+0023 '#'"],
    ['{{"abc}}', "template: :1: unterminated quoted string"],
    ["{{$y}}", 'template: :1: undefined variable "$y"'],
    ["{{break}}", "template: :1: {{break}} outside {{range}}"],
    ["{{(1}}", "template: :1: unclosed left paren"],
    ["{{/* x}}", "template: :1: unclosed comment"],
  ])("%s", (source, message) => {
    expect(() => compileTemplate(source)).toThrow(message);
  });
});

describe("templates that do not match the value", () => {
  test.each([
    ["{{.s.foo}}", 'template: :1:4: executing "" at <.s.foo>: can\'t evaluate field foo in type string'],
    ["{{.nope.x}}", 'template: :1:7: executing "" at <.nope.x>: nil pointer evaluating interface {}.x'],
    ['{{eq 1 "a"}}', 'template: :1:2: executing "" at <eq 1 "a">: error calling eq: incompatible types for comparison'],
    [
      "x\n{{index .list 9}}",
      'template: :2:2: executing "" at <index .list 9>: error calling index: index out of range: 9',
    ],
    ["{{join .list}}", 'template: :1:2: executing "" at <join>: wrong number of args for join: want 2 got 1'],
    ["{{range .a.b}}{{end}}", 'template: :1:10: executing "" at <.a.b>: can\'t evaluate field b in type int'],
    ['{{template "t"}}', 'template: :1:2: executing "" at <template>: template "t" not defined'],
  ])("%s", (source, message) => {
    expect(() => render(source)).toThrow(message);
  });

  test("a missing key in strict mode", () => {
    expect(() => compileTemplate("{{.nope}}").render(data, { strictKeys: true })).toThrow(
      'template: :1:2: executing "" at <.nope>: map has no entry for key "nope"',
    );
  });
});

describe("structures", () => {
  const Inner = structType("Inner", "Name Count:int");
  const type = structType(
    "Outer",
    "ID=Id Flag:bool Inner:*Inner Items:[]Inner Labels:map[] Ports:map[][]Inner Since:time Big:int",
    { Inner },
  );
  const sample = { Id: "x", Items: [{ Name: "n", Count: 1 }], Labels: { b: "2", a: "1" }, Extra: 5 };
  const struct = toStruct(type, sample);
  const show = (source: string): string => compileTemplate(source).render(struct);

  test.each([
    ["{{.ID}} {{.Flag}} {{.Inner}} {{.Items}}", "x false <nil> [{n 1}]"],
    ["{{.Labels}} {{.Labels.nope}}| {{.Ports}}", "map[a:1 b:2] <no value>| map[]"],
    ["{{.Since}}", "0001-01-01 00:00:00 +0000 UTC"],
    ["{{json .}}", '{"Id":"x","Items":[{"Name":"n","Count":1}],"Labels":{"a":"1","b":"2"},"Extra":5}'],
    ["{{if .Inner}}{{.Inner.Name}}{{else}}none{{end}}", "none"],
    ["{{index .Labels `nope`}}|{{index .Ports `nope`}}", "|<no value>"],
    ["{{len .Ports}}{{range .Ports}}x{{end}}", "0"],
  ])("%s", (source, expected) => {
    expect(show(source)).toBe(expected);
  });

  test.each([
    ["{{.Nope}}", "can't evaluate field Nope in type Outer"],
    ["{{.Inner.Name}}", "nil pointer evaluating *Inner.Name"],
  ])("%s is refused", (source, message) => {
    expect(() => show(source)).toThrow(message);
  });

  test("methods take arguments", () => {
    const row = new Struct("*row", { Label: (name: unknown) => `<${name}>`, Plain: () => "p" });
    expect(compileTemplate('{{.Label "x.y"}} {{.Plain}}').render(row)).toBe("<x.y> p");
    expect(() => compileTemplate("{{.Plain.Foo}}").render(row)).toThrow("can't evaluate field Foo in type string");
  });

  test("a row prints as its content", () => {
    const row = new Struct("*row", { Size: () => "3B", Name: () => "a" }, { Size: "3B", Name: "a" });
    expect(compileTemplate("{{.}}").render(row)).toBe("map[Name:a Size:3B]");
  });
});
