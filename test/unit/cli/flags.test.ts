// Reading command lines: the rules that Docker's own library has, and its words for what is wrong.
import { describe, expect, test } from "bun:test";
import { bytes, filter, integer, list, map, splitCommas, strings, text, toggle } from "../../../src/cli/flags/kinds.ts";
import { FlagError, parseArguments } from "../../../src/cli/flags/parse.ts";

const flags = {
  all: toggle("", { short: "a" }),
  env: list("", { short: "e" }),
  filter: filter("", { short: "f" }),
  interactive: toggle("", { short: "i" }),
  memory: bytes("", { short: "m" }),
  name: text(""),
  network: list("", { otherNames: { net: "" } }),
  opt: map("", { short: "o" }),
  proxy: toggle("", { initial: true }),
  publish: list("", { short: "p" }),
  subnet: strings(""),
  timeout: integer("", { short: "t", otherNames: { time: "use --timeout instead" } }),
  tty: toggle("", { short: "T" }),
};

const parse = (line: string[], stopAtPositional = false) => parseArguments(flags, line, { stopAtPositional });

describe("values", () => {
  test.each([
    [["-iT"], { interactive: true, tty: true }],
    [["-p80:80"], { publish: ["80:80"] }],
    [["-p=80:80", "-p", "81"], { publish: ["80:80", "81"] }],
    [["-iTp80"], { interactive: true, tty: true, publish: ["80"] }],
    [["--name=x=y"], { name: "x=y" }],
    [["--name", "-x"], { name: "-x" }],
    [["--name="], { name: "" }],
    [["--proxy=false"], { proxy: false }],
    [["-i=false", "-a=1"], { interactive: false, all: true }],
    [["-e", "A=1", "-e", "B"], { env: ["A=1", "B"] }],
    [["-m", "1.5GiB"], { memory: 1610612736 }],
    [["-t", "-1"], { timeout: -1 }],
    [["--net", "a", "--network", "b"], { network: ["a", "b"] }],
    [["-o", "a=b=c", "-o", "d"], { opt: { a: "b=c", d: "" } }],
    [["-f", "Status=exited", "-f", "status=dead"], { filter: { status: ["exited", "dead"] } }],
    [["--subnet", 'a,"b,c"', "--subnet", "d"], { subnet: ["a", "b,c", "d"] }],
  ])("%j", (line, expected) => {
    expect(parse(line).values).toMatchObject(expected);
  });

  test("defaults, and which flags were given", () => {
    const { values, given } = parse(["--all"]);
    expect(values).toMatchObject({ all: true, proxy: true, timeout: undefined, env: [], name: "" });
    expect([...given]).toEqual(["all"]);
  });
});

describe("positionals", () => {
  test("can be anywhere", () => {
    expect(parse(["x", "-a", "y"]).positionals).toEqual(["x", "y"]);
  });

  test("end the options if the rest belongs to a command", () => {
    const { positionals, values } = parse(["-i", "busybox", "ls", "-a", "--", "-e"], true);
    expect(positionals).toEqual(["busybox", "ls", "-a", "--", "-e"]);
    expect(values.all).toBe(false);
  });

  test("follow --", () => {
    expect(parse(["--", "-a"]).positionals).toEqual(["-a"]);
  });

  test("can be a single dash", () => {
    expect(parse(["-"]).positionals).toEqual(["-"]);
  });
});

test.each([
  [["--foo"], "unknown flag: --foo"],
  [["--foo=1"], "unknown flag: --foo"],
  [["-z"], "unknown shorthand flag: 'z' in -z"],
  [["-iz"], "unknown shorthand flag: 'z' in -z"],
  [["-zi"], "unknown shorthand flag: 'z' in -zi"],
  [["--name"], "flag needs an argument: --name"],
  [["-e"], "flag needs an argument: 'e' in -e"],
  [["--=x"], "bad flag syntax: --=x"],
  [["---x"], "bad flag syntax: ---x"],
  [["--all=foo"], 'invalid argument "foo" for "-a, --all" flag: strconv.ParseBool: parsing "foo": invalid syntax'],
  [["-t", "x"], 'invalid argument "x" for "-t, --timeout" flag: strconv.ParseInt: parsing "x": invalid syntax'],
  [["-m", "5x"], `invalid argument "5x" for "-m, --memory" flag: invalid suffix: 'x'`],
  [["-f", "x"], 'invalid argument "x" for "-f, --filter" flag: bad format of filter (expected name=value)'],
])("%j is refused", (line, message) => {
  expect(() => parse(line)).toThrow(new FlagError(message));
});

test("--help stops parsing", () => {
  expect(parse(["--help", "--foo"])).toMatchObject({ help: true });
  expect(parse(["-h"])).toMatchObject({
    help: true,
    notices: ["Flag shorthand -h has been deprecated, use --help"],
  });
});

test("warns of deprecated names", () => {
  expect(parse(["--time", "5"]).notices).toEqual(["Flag --time has been deprecated, use --timeout instead"]);
});

test.each([
  ["a,b", ["a", "b"]],
  ["a", ["a"]],
  ["a,", ["a", ""]],
  ['"a,b",c', ["a,b", "c"]],
  ['"say ""hi"""', ['say "hi"']],
])("commas in %s", (given, expected) => {
  expect(splitCommas(given)).toEqual(expected);
});
