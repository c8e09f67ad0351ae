// The displayed text of an instruction's vertex.
import type { Stage } from "../../../dockerfile/dockerfile.ts";
import type { Instruction } from "../../../dockerfile/instruction.ts";
import { expandForDisplay } from "../../../dockerfile/variables.ts";
import type { SourceLocation } from "../events.ts";
import type { TranslationOptions } from "./options.ts";
import type { StageState } from "./stage-state.ts";

/** @param secretNames variables shown as "****" */
export function displayOf(
  { nameOf, locationOf, dockerfile, request }: TranslationOptions,
  stage: Stage,
  state: StageState,
  instruction: Instruction,
  secretNames: readonly string[] = [],
): { name: string; location: SourceLocation | undefined } {
  const lookup = (name: string): string | undefined => (secretNames.includes(name) ? "****" : state.lookup(name));
  const text =
    request.frontend.type === "classic"
      ? instruction.text
      : expandForDisplay(instruction.text, lookup, dockerfile.token, instruction.name === "run");
  return { name: nameOf(stage, text), location: locationOf(instruction) };
}
