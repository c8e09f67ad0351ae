// The flags of `build`: the resulting options, and the unsupported flags, which are rejected by name.
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFlags, buildOptions } from "../../../../src/cli/build/flags.ts";
import type { BuildOutput } from "../../../../src/cli/build/output.ts";
import { parseArguments } from "../../../../src/cli/flags/parse.ts";

const optionsOf = (...line: string[]) => buildOptions(parseArguments(buildFlags(), line).values, []);

test("a missing value comes from the environment, or unsets the Dockerfile's", () => {
  process.env.BERTH_TEST_VALUE = "here";
  const { buildArguments } = optionsOf("--build-arg=A=1", "--build-arg=BERTH_TEST_VALUE", "--build-arg=BERTH_TEST_NOT");
  expect(buildArguments).toEqual({ A: "1", BERTH_TEST_VALUE: "here", BERTH_TEST_NOT: null });
});

test("proxies from the configuration become build arguments", () => {
  const { values } = parseArguments(buildFlags(), ["--build-arg=A=1"]);
  expect(buildOptions(values, ["HTTP_PROXY=http://p"]).buildArguments).toEqual({ A: "1", HTTP_PROXY: "http://p" });
});

test("images as cache sources, in both notations", () => {
  expect(optionsOf("--cache-from=a,b:1", "--cache-from=type=registry,ref=c").cacheFrom).toEqual(["a", "b:1", "c"]);
});

test("the default network counts as not chosen", () => {
  expect(optionsOf("--network=default").networkMode).toBe("");
  expect(optionsOf("--network=none").networkMode).toBe("none");
});

test("reads secrets while parsing", () => {
  const directory = mkdtempSync(join(tmpdir(), "berth-test-secrets-"));
  process.env.BERTH_TEST_TOKEN = "from the environment";
  writeFileSync(join(directory, "file"), "of the file");
  const { secrets = {} } = optionsOf(
    `--secret=id=a,src=${directory}/file`,
    "--secret=id=b,env=BERTH_TEST_TOKEN",
    "--secret=id=BERTH_TEST_TOKEN",
    "--secret=type=env,id=d,source=BERTH_TEST_TOKEN",
  );
  rmSync(directory, { recursive: true });
  expect(Object.entries(secrets).map(([id, value]) => [id, Buffer.from(value).toString()])).toEqual([
    ["a", "of the file"],
    ["b", "from the environment"],
    ["BERTH_TEST_TOKEN", "from the environment"],
    ["d", "from the environment"],
  ]);
});

test.each([
  ["--secret=src=/x", "id is required"],
  ["--secret=id=a,src=/nonexistent", "cannot read /nonexistent"],
  ["--secret=id=a,env=BERTH_TEST_NOT", "environment variable BERTH_TEST_NOT is not set"],
  ["--secret=id=a,nonsense=1", "unexpected key 'nonsense'"],
  ["--tag=UPPER", "repository name (library/UPPER) must be lowercase"],
  ["--ssh=default=/nonexistent", 'ID: "default": stat /nonexistent: no such file or directory'],
  ["--ssh=me=/etc", 'ID: "me": failed to read /etc: '],
  ["--ssh=me=/etc/passwd", "failed to parse /etc/passwd: ssh: no key found"],
  ["--output=type=oci,dest=x", "there are docker, local, tar"],
  ["-otype=local", '"-o, --output" flag: dest is required'],
  ["--output=type=local,dest=x,mode=split", "unexpected key 'mode'"],
  ["--call=nope", 'invalid value "nope"'],
  ["--progress=nope", 'invalid value "nope"'],
  ["--provenance=true", "makes no attestations"],
  ["--build-context=a", "invalid context value: a, expected key=value"],
  ["--build-context=a=/nonexistent", "failed to get build context a: stat /nonexistent: no such file or directory"],
  ["--build-context=a=/etc/passwd", "failed to get build context path {/etc/passwd <nil>}: not a directory"],
])("%s is refused with a reason", (line, reason) => {
  expect(() => optionsOf(line)).toThrow(reason);
});

test.each<[string, BuildOutput]>([
  ["out", { type: "local", directory: "out" }],
  ["type=local,dest=out", { type: "local", directory: "out" }],
  ["dest=out.tar,type=tar", { type: "tar", file: "out.tar" }],
  ["-", { type: "tar", file: "" }],
  ["type=docker", { type: "image" }],
])("--output %s", (given, expected) => {
  const { output } = parseArguments(buildFlags(), ["-o", given]).values;
  expect(output).toEqual([expected]);
});

test("accepts flags for default behaviour", () => {
  expect(() => optionsOf("--load", "--progress=plain", "--provenance=false", "--output=type=docker")).not.toThrow();
});
