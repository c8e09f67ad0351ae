// What BuildKit's own integration tests expect (moby/buildkit, frontend/dockerfile/*_test.go), by `berth build`.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;
let context: string;

const files = ["a/b/c/d/e/bay", "a/b/c/d/foo", "a/b2/c/d/e/bar", "one.txt", "two.txt"];

beforeAll(async () => {
  context = mkdtempSync(join(tmpdir(), "berth-fixtures-"));
  for (const file of files) {
    mkdirSync(dirname(join(context, file)), { recursive: true });
    writeFileSync(join(context, file), file);
  }
  daemon = await startDaemon();
});

afterAll(async () => {
  await daemon?.dispose();
  rmSync(context, { recursive: true, force: true });
});

async function build(dockerfile: string, ...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return await daemon.berth(["build", "--progress", "plain", "-f", "-", ...argv, context], {
    input: dockerfile,
    env: { DOCKER_BUILDKIT: "1" },
  });
}

test.each([
  ["COPY --parents a/b/c/d /out/", ["a/b/c/d/e/bay", "a/b/c/d/foo"]],
  ["COPY --parents a/./*/c /out/", ["b/c/d/e/bay", "b/c/d/foo", "b2/c/d/e/bar"]],
  ["COPY --parents a/b*/./c/**/e /out/", ["c/d/e/bar", "c/d/e/bay"]],
  ["COPY --parents a/none*/./c /out/", []],
  ["COPY *.txt /out/", ["one.txt", "two.txt"]],
  ["COPY none* one.txt /out/", ["one.txt"]],
  ["COPY <<E /out/\n\\a\\\\b \\$c\nE", ["E"]],
])("%s", async (instruction, expected) => {
  const directory = mkdtempSync(join(context, "..", "berth-fixture-output-"));
  try {
    const { code, stderr } = await build(
      `FROM scratch\nCOPY one.txt /out/\nFROM scratch\n${instruction}`,
      "-o",
      directory,
    );
    expect(code, stderr).toBe(0);
    const found = readdirSync(join(directory, "out"), { recursive: true, withFileTypes: true });
    const names = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(names.map((name) => name.slice(join(directory, "out").length + 1)).sort()).toEqual(expected);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test.each([
  ["FROM scratch\nCOPY --form=a b c", "unknown flag: --form (did you mean from?)"],
  ["FROM scratch\nCPOY a b", "unknown instruction: CPOY (did you mean COPY?)"],
  ["FROM scratch\nENV A", "ENV must have two arguments"],
  ['FROM scratch\nCMD ["a", 1]', "when using JSON array syntax, arrays must be comprised of strings only"],
  ["FROM scratch\nRUN --mount=type=bnd,target=/x true", 'unsupported mount type "bnd" (did you mean bind?)'],
  ["FROM scratch\nRUN --mount=from=$A,target=/x true", "'from' doesn't support variable expansion"],
  ["FROM --platform=$BULIDPLATFORM scratch", "empty platform value from expression $BULIDPLATFORM (did you mean"],
  ["FROM $NOTHING AS unused\nFROM scratch", "base name ($NOTHING) should not be blank"],
  ["FROM a:-b", 'failed to parse stage name "a:-b": invalid reference format'],
  ["FROM scratch\nCOPY missing /", '"/missing": not found'],
])("%j is refused", async (dockerfile, message) => {
  const { code, stderr } = await build(dockerfile);
  expect(stderr).toContain(message);
  expect(code).not.toBe(0);
});

test("a check tells of what precedes an error, and of the error", async () => {
  const { code, stdout, stderr } = await build("FROM scratch AS Stage\nMAINTAINER me\nBADCMD", "--check");
  const text = stdout + stderr;
  expect(text).toContain("StageNameCasing");
  expect(text).toContain("MaintainerDeprecated");
  expect(text).toContain("unknown instruction: BADCMD");
  expect(code).not.toBe(0);
});

test("an outline lists the arguments that the target uses, with their values", async () => {
  const dockerfile = `ARG BASE=scratch
ARG OTHER=unused
# FLAVOR sets the flavor
ARG FLAVOR="sweet"
FROM $BASE AS app
ARG FLAVOR
ARG TASTE="very $FLAVOR"
ARG TARGETARCH
`;
  const { stdout } = await build(dockerfile, "--call", "outline");
  const rows = stdout.split("\n").map((line) => line.trim().split(/\s{2,}/));
  expect(rows).toContainEqual(["BASE", "scratch"]);
  expect(rows).toContainEqual(["FLAVOR", "sweet", "sets the flavor"]);
  expect(rows).toContainEqual(["TASTE", "very sweet"]);
  expect(stdout).not.toMatch(/OTHER|TARGETARCH/);
});
