// Vertex names of Dockerfile steps: "[build 2/5] RUN make".
// Source: moby/buildkit, frontend/dockerfile/dockerfile2llb/convert.go (prefixCommand).
import type { Dockerfile, Stage, StageInstruction } from "../../../dockerfile/dockerfile.ts";

/** Instructions that are steps. */
const COUNTED = ["run", "copy", "add", "workdir"];

export class StageNames {
  private readonly dockerfile: Dockerfile;
  private readonly counts = new Map<Stage, number>();
  private readonly triggers = new Map<Stage, number>();

  constructor(dockerfile: Dockerfile) {
    this.dockerfile = dockerfile;
  }

  /** Adds the steps of the base image's ONBUILD triggers to the count. */
  addTriggers(stage: Stage, triggers: readonly StageInstruction[]): void {
    this.triggers.set(stage, countSteps(triggers));
  }

  /** The name of the stage's next step. */
  next(stage: Stage, text: string): string {
    const { stages } = this.dockerfile;
    const count = (this.counts.get(stage) ?? 0) + 1;
    this.counts.set(stage, count);
    const isOfStage = stages.slice(0, stage.index).some(({ name }) => name === stage.from.base.toLowerCase());
    const hasImage = !isOfStage && stage.from.base !== "scratch";
    const total = (hasImage ? 1 : 0) + (this.triggers.get(stage) ?? 0) + countSteps(stage.instructions);
    const number = `${String(count).padStart(String(total).length)}/${total}`;
    const name = stages.length === 1 ? "" : `${stage.name || `stage-${stage.index}`} `;
    const [instruction = "", ...rest] = text.split(" ");
    return `[${name}${number}] ${[instruction.toUpperCase(), ...rest].join(" ")}`;
  }
}

function countSteps(instructions: readonly StageInstruction[]): number {
  return instructions.filter(({ name }) => COUNTED.includes(name)).length;
}
