// The checks of Dockerfiles: what each rule finds and where, and which rules apply.
import { describe, expect, test } from "bun:test";
import { parseDockerfile, parseUntilError } from "../../../src/dockerfile/dockerfile.ts";
import { lint, lintUntilError } from "../../../src/dockerfile/lint/lint.ts";
import { type LintOptions, parseLintOptions } from "../../../src/dockerfile/lint/options.ts";
import type { BaseImageFacts } from "../../../src/dockerfile/lint/subject.ts";

const baseImages: Readonly<Record<string, BaseImageFacts>> = {
  known: { variables: ["OWN"], platform: { os: "linux", architecture: "amd64" } },
  arm: { variables: [], platform: { os: "linux", architecture: "arm64", variant: "v8" } },
};

/** Each finding as "Rule:line". */
function findings(source: string, ignored: readonly string[] = []): string[] {
  const dockerfile = parseDockerfile(source);
  const warnings = lint({
    dockerfile,
    stages: dockerfile.stages,
    predefined: new Map([["TARGETPLATFORM", "linux/amd64"]]),
    baseImage: (reference) => baseImages[reference],
    isIgnored: (path) => ignored.includes(path),
    options: parseLintOptions(dockerfile.check),
  });
  return warnings.map(({ rule, line }) => `${rule.name}:${line}`);
}

test.each([
  ["FROM a AS Stage", ["StageNameCasing:1"]],
  ["FROM a as stage", ["FromAsCasing:1"]],
  ["FROM a\nRUN one \\\n\n  two", ["NoEmptyContinuation:4"]],
  ["FROM a\nRUN one\nrun two\nRUN three", ["ConsistentInstructionCasing:3"]],
  ["FROM a\nRun one", ["ConsistentInstructionCasing:2"]],
  ["FROM a AS x\nFROM b AS x", ["DuplicateStageName:2"]],
  ["FROM a AS scratch", ["ReservedStageName:1"]],
  ["FROM a\nCMD run it", ["JSONArgsRecommended:2"]],
  ['FROM a\nSHELL ["/bin/sh", "-c"]\nCMD run it', []],
  ["FROM a\nMAINTAINER me", ["MaintainerDeprecated:2"]],
  ["FROM $NOPE", ["UndefinedArgInFrom:1"]],
  ["ARG A\nFROM a$A", []],
  ["ARG A\nFROM $A", ["InvalidDefaultArgInFrom:2"]],
  ["FROM a\nWORKDIR b", ["WorkdirRelativePath:2"]],
  ["FROM a\nWORKDIR /a\nWORKDIR b", []],
  ["FROM known\nENV A=$B", ["UndefinedVar:2"]],
  ["FROM known\nARG B\nENV A=$B$OWN", []],
  ["FROM unknown\nENV A=$B", []],
  ["FROM known\nRUN echo $B", []],
  [`FROM known\nENV A='$B' C=\\$B D=\${B:-1}`, []],
  ['FROM a\nCMD ["1"]\nCMD ["2"]', ["MultipleInstructionsDisallowed:2"]],
  ["FROM a\nENV A b", ["LegacyKeyValueFormat:2"]],
  ["FROM --platform=$TARGETPLATFORM a", ["RedundantTargetPlatform:1"]],
  ["FROM --platform=linux/amd64 a", ["FromPlatformFlagConstDisallowed:1"]],
  ["FROM --platform=linux/amd64 a AS for-amd64", []],
  ["FROM known\nFROM arm", ["InvalidBaseImagePlatform:2"]],
  ["ARG P=linux/arm64\nFROM --platform=$P arm", []],
  ["FROM --platform=$TARGETPLATFORM arm", ["RedundantTargetPlatform:1", "InvalidBaseImagePlatform:1"]],
  ["FROM a\nARG API_TOKEN\nENV DB_PASSWORD=x PUBLIC_KEY=y", ["SecretsUsedInArgOrEnv:2", "SecretsUsedInArgOrEnv:3"]],
  ["FROM a\nCOPY hidden shown /x/", ["CopyIgnoredFile:2"]],
  ["FROM a\nEXPOSE 80/TCP 127.0.0.1:80:80", ["ExposeInvalidFormat:2", "ExposeProtoCasing:2"]],
  ["# check=experimental=InvalidDefinitionDescription\n# something\nFROM a AS x", ["InvalidDefinitionDescription:3"]],
  ["# check=experimental=all\n# x something\nFROM a AS x", []],
  ["# something\nFROM a AS x", []],
  ["# check=skip=MaintainerDeprecated\nFROM a\nMAINTAINER me\nCMD x", ["JSONArgsRecommended:4"]],
  ["# check=skip=all\nFROM a\nMAINTAINER me\nCMD x", []],
  ["FROM a\n# check=skip=JSONArgsRecommended // needs a shell\nCMD x\nMAINTAINER me", ["MaintainerDeprecated:4"]],
  ["FROM a\n# check=skip=all\nMAINTAINER me\n# check=nonsense\nCMD x", ["JSONArgsRecommended:5"]],
  ["# check=experimental=all\n# something\n#\nFROM a AS x", []],
])("%j", (source, expected) => {
  expect(findings(source, ["hidden"])).toEqual(expected);
});

test("suggests the nearest name for a typo", () => {
  const dockerfile = parseDockerfile("FROM known\nARG VERSION\nENV A=$VERSOIN");
  const [warning] = lint({
    dockerfile,
    stages: dockerfile.stages,
    predefined: new Map(),
    baseImage: () => ({ variables: [], platform: undefined }),
    isIgnored: () => undefined,
    options: parseLintOptions(""),
  });
  expect(warning?.detail).toBe("Usage of undefined variable '$VERSOIN' (did you mean $VERSION?)");
});

describe("options", () => {
  test.each<[string, LintOptions]>([
    ["skip=A, B;error=true", { skip: ["A", "B"], experimental: [], isError: true }],
    ["experimental=all", { skip: [], experimental: "all", isError: false }],
    ["", { skip: [], experimental: [], isError: false }],
  ])("%p", (text, expected) => {
    expect(parseLintOptions(text)).toEqual(expected);
  });
  test.each([
    ["nope=1", 'invalid check option "nope"'],
    ["skip", 'invalid check option "skip"'],
  ])("%p is refused", (text, message) => {
    expect(() => parseLintOptions(text)).toThrow(message);
  });
});

test("warns about what precedes an error", () => {
  const { dockerfile, failure } = parseUntilError("FROM a AS Stage\nMAINTAINER me\nCMD x\nCPOY a b");
  const names = lintUntilError(dockerfile, parseLintOptions("")).map(({ rule }) => rule.name);
  expect(names).toEqual(["StageNameCasing", "MaintainerDeprecated"]);
  expect(failure?.message).toBe("dockerfile parse error on line 4: unknown instruction: CPOY (did you mean COPY?)");
});
