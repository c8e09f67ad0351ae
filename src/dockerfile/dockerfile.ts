// A whole Dockerfile: the arguments before its first stage, and its stages.
import { BerthError } from "../api/errors.ts";
import { type ArgInstruction, type FromInstruction, type Instruction, readInstruction } from "./instruction.ts";
import { DockerfileError, DockerfileSyntaxError, readLines } from "./lines.ts";
import type { EscapeToken } from "./words.ts";

export interface Stage {
  index: number;
  /** In lower case; "" when it has none. */
  name: string;
  from: Instruction<FromInstruction>;
  instructions: StageInstruction[];
}

/** The instructions of a stage. */
export type StageInstruction = Exclude<Instruction, Instruction<FromInstruction>>;

export interface Dockerfile {
  token: EscapeToken;
  /** The `ARG`s before the first stage, which every `FROM` knows. */
  globals: Instruction<ArgInstruction>[];
  stages: Stage[];
  warnings: string[];
  /** The directives of these names; "" for none. */
  syntax: string;
  check: string;
  /** The lines of instructions that empty lines continue. */
  emptyContinuations: readonly { line: number; endLine: number }[];
}

/** @throws BerthError invalidParameter, in the words of Docker's parser */
export function parseDockerfile(source: string): Dockerfile {
  const { dockerfile, failure } = parseUntilError(source);
  if (failure !== undefined) throw failure;
  return dockerfile;
}

/**
 * What precedes the first invalid instruction, which the checks also warn about.
 * @throws BerthError invalidParameter for a file that cannot be split into instructions
 */
export function parseUntilError(source: string): { dockerfile: Dockerfile; failure: BerthError | undefined } {
  const { instructions, ...file } = readLines(source);
  if (instructions.length === 0)
    throw new DockerfileSyntaxError(source.split("\n").length, "file with no instructions");
  const globals: Instruction<ArgInstruction>[] = [];
  const stages: Stage[] = [];
  const dockerfile = { ...file, globals, stages };
  try {
    for (const line of instructions) addInstruction(dockerfile, readInstruction(line, file.token));
  } catch (thrown) {
    if (thrown instanceof BerthError) return { dockerfile, failure: thrown };
    throw thrown;
  }
  return { dockerfile, failure: undefined };
}

function addInstruction({ globals, stages }: Dockerfile, instruction: Instruction): void {
  const stage = stages.at(-1);
  if (instruction.name === "from") {
    stages.push({ index: stages.length, name: instruction.stage, from: instruction, instructions: [] });
  } else if (stage) stage.instructions.push(instruction);
  else if (instruction.name === "arg") globals.push(instruction);
  else throw new DockerfileError(instruction.line, "no build stage in current context");
}

/** The single instruction of a trigger (ONBUILD). @throws BerthError invalidParameter */
export function parseTrigger(source: string): StageInstruction {
  const { token, instructions } = readLines(source);
  const [first, ...others] = instructions.map((line) => readInstruction(line, token));
  if (first === undefined || others.length > 0) {
    throw new BerthError("invalidParameter", "onbuild trigger should be a single expression");
  }
  if (first.name === "from") throw new BerthError("invalidParameter", "FROM isn't allowed as an ONBUILD trigger");
  return first;
}

/** The stage of this name or number; of several with one name the last. */
export function findStage(stages: readonly Stage[], nameOrNumber: string): Stage | undefined {
  const name = nameOrNumber.toLowerCase();
  const named = name === "" ? undefined : stages.findLast((stage) => stage.name === name);
  return named ?? (/^\d+$/.test(name) ? stages[Number(name)] : undefined);
}
