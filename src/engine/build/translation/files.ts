// The files that COPY --from and RUN --mount refer to.
import { BerthError, prefixed } from "../../../api/errors.ts";
import type { Stage } from "../../../dockerfile/dockerfile.ts";
import type { BuildVertex } from "../graph/vertex.ts";
import type { TranslationOptions } from "./options.ts";
import { imageVertex } from "./source-vertices.ts";
import { earlierStage } from "./stage-dependencies.ts";

/** The files of `--from`: a stage, a named context or an image. @throws BerthError in Docker's words */
export async function filesOf(options: TranslationOptions, stage: Stage, name: string): Promise<BuildVertex> {
  const { stages } = options.dockerfile;
  const other = earlierStage(stages, stage, name);
  try {
    if (other) return (await options.stage(other)).root;
    if (/^\d+$/.test(name)) {
      const reason = Number(name) === stage.index ? "refers to current build stage" : "index out of bounds";
      throw new BerthError("invalidParameter", reason);
    }
    const files = await options.named(name);
    if (files) return files.root;
    return imageVertex(`FROM ${name}`, await options.baseImage(name, options.request.platform));
  } catch (thrown) {
    throw prefixed(`invalid from flag value ${name}`, thrown);
  }
}
