// Follows the response of a BuildKit-style build to its end.
import * as v from "valibot";
import { CommandError } from "../../failure.ts";
import type { Output } from "../../output/output.ts";
import type { ProgressStream } from "../../output/progress.ts";
import { type BuildDisplay, closingText } from "./display.ts";

const texts = v.record(v.string(), v.string());
const resultSchema = v.object({
  ID: v.optional(v.string(), ""),
  Metadata: v.optional(texts, {}),
  Call: v.optional(texts),
});

export interface ShownBuild {
  id: string;
  metadata: Readonly<Record<string, string>>;
  /** The answer to a subrequest about the Dockerfile. */
  call: Readonly<Record<string, string>> | undefined;
}

/** @throws CommandError when the build failed, after the display and the engine's messages */
export async function showBuild(lines: ProgressStream, display: BuildDisplay, out: Output): Promise<ShownBuild> {
  let result: v.InferOutput<typeof resultSchema> = { ID: "", Metadata: {}, Call: undefined };
  let excerpt = "";
  let hasEvents = false;
  let failure: string | undefined;
  try {
    for await (const { build, aux, stream, error, errorDetail } of lines) {
      if (build) await display.apply(build);
      hasEvents ||= build !== undefined;
      // Other engines answer with the classic builder's lines.
      if (stream !== undefined && !hasEvents) await out.write(stream);
      else excerpt += stream ?? "";
      if (aux !== undefined) result = v.parse(resultSchema, aux);
      failure ??= errorDetail?.message ?? error;
    }
  } finally {
    await display.finish();
  }
  const said = closingText(display) + (failure === undefined ? "" : excerpt);
  if (said !== "") await out.write(said);
  if (failure !== undefined)
    throw new CommandError(hasEvents ? `ERROR: failed to build: failed to solve: ${failure}` : failure);
  return { id: result.ID, metadata: result.Metadata, call: result.Call };
}
