// One build, from its context to an image with names.
import { BerthError } from "../../api/errors.ts";
import { familiarReference, withDefaultTag } from "../../api/references.ts";
import { type Dockerfile, parseDockerfile, type Stage, type StageInstruction } from "../../dockerfile/dockerfile.ts";
import { expand } from "../../dockerfile/variables.ts";
import { LayerMaker } from "../../storage/build/spawn.ts";
import { GlobalArguments } from "./arguments.ts";
import { BaseImages } from "./base-images.ts";
import type { CacheMounts } from "./cache-mounts.ts";
import { openContext } from "./context.ts";
import type { BuildHost } from "./host.ts";
import { BuildOutput, shortId } from "./output.ts";
import { neededStages } from "./plan.ts";
import type { Audience, BuildRequest } from "./request.ts";
import { Sources } from "./sources.ts";
import { Stages } from "./stages.ts";

export interface BuildWork {
  host: BuildHost;
  caches: CacheMounts;
  request: BuildRequest;
  /** The archive of the context. */
  body: AsyncIterable<Uint8Array>;
  /** For the context and the build's own files; made, and left to whoever gave it. */
  directory: string;
  audience: Audience;
  signal: AbortSignal;
  /** Keeps an image from being removed while the build lasts. */
  hold(imageId: string): void;
}

/** Builds, names the image, and answers its ID. @throws BerthError in Docker's words */
export async function build(work: BuildWork): Promise<string> {
  const { host, request, body, directory, signal } = work;
  const context = await openContext(host, request, body, `${directory}/context`, signal);
  const sources = new Sources(context.source);
  const maker = new LayerMaker();
  try {
    const dockerfile = parseDockerfile(context.dockerfile);
    return await buildStages(work, dockerfile, { sources, maker });
  } finally {
    await Promise.all([sources.close(), maker.close()]);
  }
}

async function buildStages(
  work: BuildWork,
  dockerfile: Dockerfile,
  workers: { sources: Sources; maker: LayerMaker },
): Promise<string> {
  const { host, request, caches, directory, audience, signal, hold } = work;
  const globals = new GlobalArguments(request.arguments, request.platform);
  const lookup = (name: string): string | undefined => globals.valueOf(name);
  const words = (text: string): string => expand(text, lookup, dockerfile.token).text;
  const declare = (): void => {
    for (const { name, value } of dockerfile.globals.flatMap((instruction) => instruction.arguments)) {
      globals.declare(words(name), value === undefined ? undefined : words(value));
    }
  };
  declare();
  const needed = neededStages(dockerfile, request.target, lookup);
  const target = needed.at(-1);
  if (target === undefined)
    throw new BerthError("invalidParameter", "No image was generated. Is your Dockerfile empty?");
  target.instructions.push(...labelsOf(request));
  const output = new BuildOutput(audience, countSteps(dockerfile, needed));
  if (dockerfile.warnings.length > 0) output.warn(dockerfile.warnings.join("\n"));
  for (const instruction of dockerfile.globals) output.begin(instruction.text);
  const bases = new BaseImages(host, request, audience.tell, signal);
  const stages = new Stages({
    host,
    request,
    dockerfile,
    globals,
    output,
    bases,
    ...workers,
    caches,
    directory,
    signal,
    hold,
  });
  let image: Awaited<ReturnType<Stages["build"]>>;
  for (const stage of needed) image = await stages.build(stage);
  if (image === undefined)
    throw new BerthError("invalidParameter", "No image was generated. Is your Dockerfile empty?");
  const unused = globals.unused();
  if (unused.length > 0) output.line(`[Warning] One or more build-args [${unused.join(" ")}] were not consumed`);
  output.line(`Successfully built ${shortId(image.id)}`);
  for (const tag of request.tags) {
    const name = withDefaultTag(tag);
    host.images.tag(image.id, name);
    output.line(`Successfully tagged ${familiarReference(name)}`);
  }
  return image.id;
}

function countSteps({ globals }: Dockerfile, stages: readonly Stage[]): number {
  return stages.reduce((sum, { instructions }) => sum + 1 + instructions.length, globals.length);
}

/** Labels that a client gives are the last stage's last instructions; nothing in them is a variable. */
function labelsOf({ labels }: BuildRequest): StageInstruction[] {
  const literal = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
  return Object.entries(labels)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => ({
      name: "label",
      pairs: [[literal(name), literal(value)]],
      text: `LABEL ${name}=${value}`,
      line: 0,
    }));
}
