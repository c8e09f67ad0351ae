// What is checked, how a finding is reported, and what several rules read of an instruction.
import type { Dockerfile, Stage } from "../dockerfile.ts";
import type { Instruction } from "../instruction.ts";
import type { LintOptions } from "./options.ts";
import { type LintRule, lintRules } from "./rules.ts";

export interface LintWarning {
  rule: LintRule;
  detail: string;
  line: number;
  endLine: number;
}

export interface LintSubject {
  dockerfile: Dockerfile;
  /** The stages whose instructions are checked. */
  stages: readonly Stage[];
  /** What is known before the first stage without being declared. */
  predefined: ReadonlyMap<string, string>;
  /** Variables of the images that stages begin with, by the base's words; undefined for one that is not known. */
  variablesOf(base: string): readonly string[] | undefined;
  /** Whether the rules of .dockerignore leave a path out; undefined where they cannot say. */
  isIgnored(path: string): boolean | undefined;
  options: LintOptions;
}

export type Report = (rule: LintRule, detail: string, place: Pick<LintWarning, "line" | "endLine">) => void;

/** A comment right above a definition is its description, which begins with its name. */
export function describeDefinition(
  instruction: string,
  names: readonly string[],
  { comments, line, endLine }: Pick<Instruction, "comments" | "line" | "endLine">,
  report: Report,
): void {
  const [first = ""] = comments.at(-1)?.split(" ") ?? [];
  const [only = ""] = names;
  if (comments.length === 0 || names.includes(first)) return;
  const example = names.length > 1 ? "<arg_key>" : only;
  const detail = `Comment for ${instruction} should follow the format: \`# ${example} <description>\``;
  report(lintRules.invalidDefinitionDescription, detail, { line, endLine });
}

const VARIABLE = /\\.|'[^']*'|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/gs;

/** The variables that a word takes without saying what stands for one that is not set. */
export function variablesIn(word: string): string[] {
  return [...word.matchAll(VARIABLE)].flatMap(([, braced, plain]) => braced ?? plain ?? []);
}
