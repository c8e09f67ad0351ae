// Input and output of the checks, and helpers shared by several rules.
import type { Platform } from "../../api/platforms.ts";
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

export interface BaseImageFacts {
  /** Names of its variables. */
  variables: readonly string[];
  /** Undefined where the image does not say. */
  platform: Platform | undefined;
}

export interface LintSubject {
  dockerfile: Dockerfile;
  /** The stages to check. */
  stages: readonly Stage[];
  /** Variables predefined before the first stage. */
  predefined: ReadonlyMap<string, string>;
  /** A base image by its reference as written; undefined for an unknown one. */
  baseImage(reference: string): BaseImageFacts | undefined;
  /** Whether .dockerignore excludes a path; undefined when that is unknown. */
  isIgnored(path: string): boolean | undefined;
  options: LintOptions;
}

export type Report = (rule: LintRule, detail: string, place: Pick<LintWarning, "line" | "endLine">) => void;

/** A comment directly above a definition is its description and starts with its name. */
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

/** The variables in a word that have no default value. */
export function variablesIn(word: string): string[] {
  return [...word.matchAll(VARIABLE)].flatMap(([, braced, plain]) => braced ?? plain ?? []);
}
