// History entries of instructions, in which the two builders differ most.
import type { CopyInstruction, RunInstruction } from "../../../dockerfile/instruction.ts";
import type { StepDescription } from "../graph/vertex.ts";
import type { Command } from "../steps/exec.ts";
import type { PreparedMount } from "../steps/exec-mounts.ts";
import type { StageState } from "./stage-state.ts";

export interface CopyWords {
  instruction: CopyInstruction;
  /** Variables replaced. */
  sources: readonly string[];
  destination: string;
  owner: string;
  mode: string;
}

/** Called in the order of the instructions. The result describes the step's image. */
export interface History {
  /** An instruction that only changes the configuration; `words` is "ENV A=1". */
  configured(state: StageState, words: string): void;
  declared(state: StageState, declarations: readonly { name: string; value: string | undefined }[]): void;
  executed(
    state: StageState,
    instruction: RunInstruction,
    command: Command,
  ): (mounts: readonly PreparedMount[]) => StepDescription;
  copied(state: StageState, words: CopyWords): (contentDigest: string) => StepDescription;
  /** `words` is "WORKDIR /a". */
  madeDirectory(state: StageState, words: string): StepDescription;
}
