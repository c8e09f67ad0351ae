// How displays show the vertex of an instruction.
import type { Stage } from "../../../dockerfile/dockerfile.ts";
import type { Instruction } from "../../../dockerfile/instruction.ts";
import type { SourceLocation } from "../events.ts";
import type { TranslationOptions } from "./options.ts";

export function displayOf(
  { nameOf, locationOf }: TranslationOptions,
  stage: Stage,
  instruction: Instruction,
): { name: string; location: SourceLocation | undefined } {
  return { name: nameOf(stage, instruction.text), location: locationOf(instruction) };
}
