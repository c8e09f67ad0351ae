// `--change` of import and commit: the instructions of a Dockerfile that change an image's configuration.
import type { ContainerConfig } from "../../api/container-config.ts";
import { BerthError } from "../../api/errors.ts";
import { configure } from "../../dockerfile/configuration.ts";
import { type ConfigurationInstruction, type Instruction, readInstruction } from "../../dockerfile/instruction.ts";
import { readLines } from "../../dockerfile/lines.ts";

/** Applies the changes in order. @throws BerthError invalidParameter for an instruction that is not allowed */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  if (changes.length === 0) return config;
  const { token, instructions } = readLines(changes.join("\n"));
  if (instructions.length === 0) throw new BerthError("invalidParameter", "file with no instructions");
  let changed = config;
  let hasCommand = false;
  for (const line of instructions) {
    const [name = ""] = line.text.split(/\s/, 1);
    const instruction = ACCEPTED.includes(name.toLowerCase()) ? readInstruction(line, token) : undefined;
    if (!instruction || !isConfiguration(instruction)) {
      throw new BerthError("invalidParameter", `${name} is not a valid change command`);
    }
    const { Env = [] } = changed;
    const lookup = (variable: string): string | undefined =>
      Env.find((entry) => entry.startsWith(`${variable}=`))?.slice(variable.length + 1);
    changed = configure(changed, instruction, { lookup, token, hasCommand, isClassic: true }).config;
    hasCommand ||= instruction.name === "cmd";
  }
  return changed;
}

const ACCEPTED = [
  "cmd",
  "entrypoint",
  "env",
  "expose",
  "healthcheck",
  "label",
  "onbuild",
  "stopsignal",
  "user",
  "volume",
  "workdir",
];

function isConfiguration(instruction: Instruction): instruction is Instruction<ConfigurationInstruction> {
  return ACCEPTED.includes(instruction.name);
}
