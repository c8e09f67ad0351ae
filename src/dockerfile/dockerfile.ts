// A whole Dockerfile: the arguments before its first stage, and its stages.
import { BerthError } from "../api/errors.ts";
import { type ArgInstruction, type FromInstruction, type Instruction, readInstruction } from "./instruction.ts";
import { readLines, unparsable } from "./lines.ts";
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
  const { instructions, ...file } = readLines(source);
  const { token } = file;
  if (instructions.length === 0) throw unparsable("file with no instructions");
  const globals: Instruction<ArgInstruction>[] = [];
  const stages: Stage[] = [];
  for (const line of instructions) {
    const instruction = readInstruction(line, token);
    const stage = stages.at(-1);
    if (instruction.name === "from") {
      stages.push({ index: stages.length, name: instruction.stage, from: instruction, instructions: [] });
    } else if (stage) stage.instructions.push(instruction);
    else if (instruction.name === "arg") globals.push(instruction);
    else throw new BerthError("invalidParameter", "no build stage in current context");
  }
  return { ...file, globals, stages };
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
