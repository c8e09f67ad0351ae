// An instruction that only changes the configuration. Only in the classic builder is it a step.
import type { PreparedStep, StepDescription, StepOperation } from "../graph/vertex.ts";

export class NoteOperation implements StepOperation {
  readonly type = "step";
  readonly definition: unknown;
  private readonly description: StepDescription;

  constructor(description: StepDescription) {
    this.description = description;
    this.definition = { type: "note", description };
  }

  async prepare(): Promise<PreparedStep> {
    return { content: "", description: this.description, execute: (_execution, commit) => commit() };
  }
}
