// What completion offers for a line that is not finished.
import { describe, expect, test } from "bun:test";
import { expectedAt } from "../../../src/cli/completion/expected.ts";
import type { Expected } from "../../../src/cli/completion/line.ts";

const parse = (line: string): Promise<Expected> => expectedAt("berth", line.split(" "));

function texts(found: Expected): string[] {
  if (found.kind !== "choices") throw new Error(`not choices but ${found.kind}`);
  return found.choices.map(({ text }) => text).filter((text) => text.startsWith(found.prefix));
}

describe("names of commands", () => {
  test.each([
    ["sto", ["stop"]],
    ["vol", ["volume"]],
    ["container st", ["start", "stats", "stop"]],
    ["-H unix:///x container st", ["start", "stats", "stop"]],
    ["help net", ["network"]],
    ["help network c", ["connect", "create"]],
  ])("%s", async (line, expected) => {
    expect(texts(await parse(line))).toEqual(expected);
  });

  test("does not offer hidden flags and commands", async () => {
    expect(texts(await parse("system "))).not.toContain("dial-stdio");
    expect(texts(await parse(""))).not.toContain("completion");
  });
});

describe("flags and their values", () => {
  test.each([
    ["--con", ["--config", "--context"]],
    ["run --rest", ["--restart", "--restart-backoff", "--restart-unhealthy"]],
    ["stop --ti", ["--timeout"]],
    ["run --restart ", ["no", "always", "on-failure", "unless-stopped"]],
    ["run --restart=on", ["on-failure"]],
    ["run -it --pull ", ["always", "missing", "never"]],
    ["ps --all=", ["true", "false"]],
  ])("%s", async (line, expected) => {
    expect(texts(await parse(line))).toEqual(expected);
  });

  test("offers short flags with their long names", async () => {
    expect(texts(await parse("ps -"))).toContain("-a");
  });
});

describe("names from the engine and files", () => {
  test.each<[line: string, expected: Expected]>([
    ["stop ", { kind: "names", of: "runningContainers", prefix: "", taken: [] }],
    ["stop one t", { kind: "names", of: "runningContainers", prefix: "t", taken: ["one"] }],
    ["run --network fr", { kind: "names", of: "networks", prefix: "fr", taken: [] }],
    ["run -d --name x bu", { kind: "names", of: "images", prefix: "bu", taken: [] }],
    ["network connect net ", { kind: "names", of: "containers", prefix: "", taken: ["net"] }],
    ["context use ", { kind: "names", of: "contexts", prefix: "", taken: [] }],
    ["--context ", { kind: "names", of: "contexts", prefix: "", taken: [] }],
    ["run --env-file ./", { kind: "files" }],
    ["run -v /sr", { kind: "files" }],
    ["build ./", { kind: "directories" }],
    ["builder build -f ", { kind: "files" }],
    ["run busybox --he", { kind: "files" }],
    ["rm -- -", { kind: "names", of: "stoppedContainers", prefix: "-", taken: [] }],
    ["run -v da", { kind: "names", of: "volumes", prefix: "da", taken: [] }],
  ])("%s", async (line, expected) => {
    expect(await parse(line)).toEqual(expected);
  });

  test.each(["ps ", "nonsense ", "diff one ", "run --name "])("nothing for %p", async (line) => {
    expect(await parse(line)).toEqual({ kind: "nothing" });
  });
});
