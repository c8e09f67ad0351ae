// Checks the stages of a Dockerfile as a whole before one is built.
import { isKind, messageOf, prefixed } from "../../../api/errors.ts";
import { parseReference } from "../../../api/references.ts";
import { type Dockerfile, findStage } from "../../../dockerfile/dockerfile.ts";
import { didYouMean } from "../../../dockerfile/suggestion.ts";
import { BuildError, type SolveRequest } from "../solve-request.ts";
import type { GlobalArguments } from "../translation/arguments.ts";
import { earlierStage } from "../translation/stage-dependencies.ts";
import { stageOrigin } from "../translation/stage-origin.ts";
import type { LoadedDockerfile } from "./contexts.ts";
import { locationIn } from "./location.ts";

/** @throws BuildError when there is no such stage */
export function checkTarget({ stages }: Dockerfile, { target }: SolveRequest): void {
  if (target === "" || findStage(stages, target) !== undefined) return;
  const names = stages.flatMap(({ name }) => (name === "" ? [] : [name]));
  const message = `target stage ${JSON.stringify(target)} could not be found${didYouMean(target, names)}`;
  throw new BuildError("invalidParameter", message, {});
}

/** @throws BerthError invalidParameter */
function refuseInvalidName(name: string): void {
  try {
    parseReference(name);
  } catch (thrown) {
    throw prefixed(`failed to parse stage name ${JSON.stringify(name)}`, thrown);
  }
}

/** Why the FROM of a stage is invalid, even of one that is not needed. */
export function failureOfBases(
  dockerfile: Dockerfile,
  loaded: LoadedDockerfile,
  globals: GlobalArguments,
): BuildError | undefined {
  for (const stage of dockerfile.stages) {
    try {
      const { name } = stageOrigin(stage, globals, dockerfile);
      if (earlierStage(dockerfile.stages, stage, name) === undefined) refuseInvalidName(name);
    } catch (thrown) {
      if (!isKind(thrown, "invalidParameter")) throw thrown;
      const location = locationIn(loaded, stage.from.line, stage.from.endLine);
      return new BuildError("invalidParameter", messageOf(thrown), { location, cause: thrown });
    }
  }
  return undefined;
}
