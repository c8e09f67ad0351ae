// COPY --link and ADD --link: adds a layer that was created independently of the layers below it.
import { BerthError } from "../../../api/errors.ts";
import type { VertexResult } from "../graph/result.ts";
import type { PreparedStep, StepDescription, StepOperation } from "../graph/vertex.ts";

export class LinkOperation implements StepOperation {
  readonly type = "step";
  readonly definition = { type: "link" };
  private readonly description: StepDescription;

  constructor(description: StepDescription) {
    this.description = description;
  }

  async prepare(inputs: readonly VertexResult[]): Promise<PreparedStep> {
    const layer = inputs[1]?.type === "image" ? inputs[1].image : undefined;
    if (layer === undefined) throw new BerthError("internal", "a linked layer without files");
    return {
      content: layer.config.rootfs.diff_ids.join(","),
      description: this.description,
      execute: (_execution, commit) => commit({ topOf: layer }),
    };
  }
}
