// Finds the stages that a target needs: its base, and the sources of COPY --from and RUN --mount.
import { BerthError } from "../../../api/errors.ts";
import { type Dockerfile, findStage, type Stage, type StageInstruction } from "../../../dockerfile/dockerfile.ts";
import { expand, type Lookup } from "../../../dockerfile/variables.ts";
import { mountFields } from "../steps/run-mounts.ts";

/** In the order of the Dockerfile. @throws BerthError invalidParameter when there is no such target */
export function neededStages({ stages, token }: Dockerfile, target: string, lookup: Lookup): Stage[] {
  const needed = new Set<Stage>();
  const visit = (stage: Stage): void => {
    if (needed.has(stage)) return;
    needed.add(stage);
    const base = earlierStage(stages, stage, expand(stage.from.base, lookup, token).text);
    if (base) visit(base);
    for (const name of stage.instructions.flatMap(sourcesOf)) {
      const source = earlierStage(stages, stage, name);
      if (source) visit(source);
    }
  };
  visit(targetStage(stages, target));
  return stages.filter((stage) => needed.has(stage));
}

/** The stages up to the target, which the classic builder builds all. @throws BerthError as {@link neededStages} */
export function stagesUpTo({ stages }: Dockerfile, target: string): Stage[] {
  return stages.slice(0, targetStage(stages, target).index + 1);
}

function targetStage(stages: readonly Stage[], target: string): Stage {
  const found = target === "" ? stages.at(-1) : findStage(stages, target);
  if (found) return found;
  if (target === "") throw new BerthError("invalidParameter", "No image was generated. Is your Dockerfile empty?");
  throw new BerthError("invalidParameter", `target stage ${JSON.stringify(target)} could not be found`);
}

/** The earlier stage with this name or number; undefined if it names an image. */
export function earlierStage(stages: readonly Stage[], { index }: Stage, name: string): Stage | undefined {
  return findStage(stages.slice(0, index), name);
}

/** The stages and images that an instruction reads files from. */
function sourcesOf(instruction: StageInstruction): string[] {
  if (instruction.name === "copy") return instruction.from === "" ? [] : [instruction.from];
  if (instruction.name !== "run") return [];
  return instruction.mounts.flatMap((mount) => mountFields(mount).get("from") ?? []);
}
