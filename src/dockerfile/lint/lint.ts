// Dockerfile checks: warns about what builds, but not as users may expect.
import { formatPlatform, type Platform, parsePlatform } from "../../api/platforms.ts";
import { parseReference } from "../../api/references.ts";
import type { Dockerfile, Stage, StageInstruction } from "../dockerfile.ts";
import type { Instruction } from "../instruction.ts";
import { didYouMean } from "../suggestion.ts";
import { expand } from "../variables.ts";
import { appliesTo, type LintOptions, withComments } from "./options.ts";
import { lintRules } from "./rules.ts";
import { lintAlone, lintInstruction, StageFacts } from "./stage-rules.ts";
import { describeDefinition, type LintSubject, type LintWarning, type Report, variablesIn } from "./subject.ts";

/** Reports with the options that apply to an instruction. */
type Reporting = (instruction: Pick<Instruction, "comments">) => Report;

/** Sorted by line. */
export function lint(subject: LintSubject): LintWarning[] {
  const { dockerfile, stages } = subject;
  const { report, of, sorted } = collect(subject.options);
  lintSyntax(dockerfile, report, of);
  lintCasing(dockerfile, report);
  lintStageNames(dockerfile, report);
  lintBaseNames(subject, report, of);
  const facts = new Map<Stage, StageFacts>();
  for (const stage of dockerfile.stages) {
    const base = dockerfile.stages.slice(0, stage.index).findLast(({ name }) => name === stage.from.base.toLowerCase());
    const image = base ? undefined : subject.baseImage(stage.from.base);
    if (stages.includes(stage)) lintBasePlatform(subject, stage, image?.platform, report);
    const known = base ? facts.get(base)?.variables : image?.variables;
    const state = new StageFacts(subject, known, base ? facts.get(base) : undefined);
    for (const instruction of stage.instructions) {
      lintInstruction(state, instruction, stages.includes(stage) ? of(instruction) : () => {});
    }
    facts.set(stage, state);
  }
  return sorted();
}

/** The warnings about a file's valid part: those that need no more than single instructions. */
export function lintUntilError(dockerfile: Dockerfile, options: LintOptions): LintWarning[] {
  const { report, of, sorted } = collect(options);
  lintSyntax(dockerfile, report, of);
  return sorted();
}

function collect(options: LintOptions): { report: Report; of: Reporting; sorted(): LintWarning[] } {
  const warnings: LintWarning[] = [];
  const reportWith =
    (applied: LintOptions): Report =>
    (rule, detail, { line, endLine }) => {
      if (appliesTo(applied, rule)) warnings.push({ rule, detail, line, endLine });
    };
  return {
    report: reportWith(options),
    of: ({ comments }) => reportWith(withComments(options, comments)),
    sorted: () => warnings.sort((one, other) => one.line - other.line),
  };
}

function lintSyntax({ emptyContinuations, globals, stages }: Dockerfile, report: Report, of: Reporting): void {
  for (const place of emptyContinuations) report(lintRules.noEmptyContinuation, "Empty continuation line", place);
  for (const instruction of globals) {
    const names = instruction.arguments.map(({ name }) => name);
    describeDefinition("ARG", names, instruction, of(instruction));
  }
  for (const { from, instructions } of stages) {
    lintFrom(from, of(from));
    for (const instruction of instructions) lintAlone(instruction, of(instruction));
  }
}

function lintFrom(from: Stage["from"], report: Report): void {
  const [, keyword = "", as = "", given = ""] = /^(\S+)\s.*\s(as)\s+(\S+)\s*$/is.exec(from.text) ?? [];
  if (from.stage === "") return;
  if (given !== given.toLowerCase()) {
    report(lintRules.stageNameCasing, `Stage name '${given}' should be lowercase`, from);
  }
  const isLower = keyword === keyword.toLowerCase();
  const isUpper = keyword === keyword.toUpperCase();
  if ((isLower || isUpper) && as !== (isLower ? as.toLowerCase() : as.toUpperCase())) {
    report(lintRules.fromAsCasing, `'${as}' and '${keyword}' keywords' casing do not match`, from);
  }
  describeDefinition("FROM", [from.stage], from, report);
}

const keywordOf = ({ text }: Pick<Instruction, "text">): string => /^\S+/.exec(text)?.[0] ?? "";

function lintCasing({ stages }: Dockerfile, report: Report): void {
  const all = stages.flatMap(({ from, instructions }): (Stage["from"] | StageInstruction)[] => [from, ...instructions]);
  const keywords = all.map(keywordOf);
  const lower = keywords.filter((word) => word === word.toLowerCase()).length;
  const upper = keywords.filter((word) => word === word.toUpperCase()).length;
  const [casing, wanted] =
    lower > upper
      ? (["lowercase", (word: string) => word.toLowerCase()] as const)
      : (["uppercase", (word: string) => word.toUpperCase()] as const);
  for (const instruction of all) {
    const word = keywordOf(instruction);
    if (word === wanted(word)) continue;
    const detail = `Command '${word}' should match the case of the command majority (${casing})`;
    report(lintRules.consistentInstructionCasing, detail, instruction);
  }
}

const RESERVED = ["context", "scratch"];

function lintStageNames({ stages }: Dockerfile, report: Report): void {
  const seen = new Set<string>();
  for (const { name, from } of stages) {
    if (name === "") continue;
    if (RESERVED.includes(name)) {
      const detail = `Stage name should not use the same name as reserved stage ${JSON.stringify(name)}`;
      report(lintRules.reservedStageName, detail, from);
    }
    if (seen.has(name)) {
      const detail = `Duplicate stage name ${JSON.stringify(name)}, stage names should be unique`;
      report(lintRules.duplicateStageName, detail, from);
    }
    seen.add(name);
  }
}

function lintBaseNames({ dockerfile, predefined }: LintSubject, report: Report, of: Reporting): void {
  const { globals, stages, token } = dockerfile;
  const declared = globals.flatMap((instruction) => instruction.arguments);
  const defaults = new Map(predefined);
  for (const { name, value } of declared) if (value !== undefined) defaults.set(name, expanded(value, defaults, token));
  const names = new Set([...predefined.keys(), ...declared.map(({ name }) => name)]);
  for (const { from, name } of stages) {
    for (const variable of variablesIn(`${from.base} ${from.platform}`)) {
      if (names.has(variable)) continue;
      const detail = `FROM argument '${variable}' is not declared${didYouMean(variable, [...names])}`;
      of(from)(lintRules.undefinedArgInFrom, detail, from);
    }
    const usesDeclared = variablesIn(from.base).some((variable) => names.has(variable));
    if (usesDeclared && !isImageName(expanded(from.base, defaults, token))) {
      const detail = `Default value for ARG ${from.base} results in empty or invalid base image name`;
      report(lintRules.invalidDefaultArgInFrom, detail, from);
    }
    lintPlatform(from, name, of(from));
  }
}

function lintPlatform(from: Stage["from"], stage: string, report: Report): void {
  const { platform } = from;
  if (/^\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})$/.test(platform)) {
    const detail = `Setting platform to predefined ${platform} in FROM is redundant as this is the default behavior`;
    report(lintRules.redundantTargetPlatform, detail, from);
  }
  if (platform === "" || platform.includes("$")) return;
  const [os = "", architecture = ""] = platform.split("/");
  if (stage.includes(os) || (architecture !== "" && stage.includes(architecture))) return;
  const detail = `FROM --platform flag should not use constant value ${JSON.stringify(platform)}`;
  report(lintRules.fromPlatformFlagConstDisallowed, detail, from);
}

/** A registry or the engine may have the image for another platform only. */
function lintBasePlatform(
  { dockerfile, predefined }: LintSubject,
  { from }: Stage,
  actual: Platform | undefined,
  report: Report,
): void {
  // Arguments of the build may be given other values than their defaults.
  if (actual === undefined || variablesIn(from.platform).some((name) => !predefined.has(name))) return;
  const wanted = expanded(from.platform, predefined, dockerfile.token) || predefined.get("TARGETPLATFORM");
  if (wanted === undefined) return;
  const expected = parsePlatform(wanted);
  if (expected.os === actual.os && expected.architecture === actual.architecture) return;
  const platforms = `platform "${formatPlatform(actual)}", expected "${formatPlatform(expected)}"`;
  const detail = `Base image ${from.base} was pulled with ${platforms} for current build`;
  report(lintRules.invalidBaseImagePlatform, detail, from);
}

function expanded(word: string, values: ReadonlyMap<string, string>, token: Dockerfile["token"]): string {
  try {
    return expand(word, (name) => values.get(name), token).text;
  } catch {
    // "${A:?message}" without A: the build itself reports the error.
    return word;
  }
}

function isImageName(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch {
    return false;
  }
}
