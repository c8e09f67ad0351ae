// WORKDIR: creates the working directory of the following commands.
import type { PreparedStep, StepDescription, StepOperation } from "../graph/vertex.ts";

export class DirectoryOperation implements StepOperation {
  readonly type = "step";
  readonly definition: unknown;
  private readonly path: string;
  private readonly owner: string;
  private readonly description: StepDescription;

  /** @param owner "user:group", looked up in the image; "" is root */
  constructor(path: string, owner: string, description: StepDescription) {
    this.path = path;
    this.owner = owner;
    this.description = description;
    this.definition = { type: "directory", path, owner };
  }

  async prepare(): Promise<PreparedStep> {
    const { path, owner } = this;
    return {
      content: "",
      description: this.description,
      execute: (_execution, commit) => commit({ change: { type: "directory", path, owner } }),
    };
  }
}
