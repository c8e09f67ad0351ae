// A classic build (`POST /build` version 1): runs instruction by instruction and reports the classic builder's lines.
import { BerthError, prefixed } from "../../../api/errors.ts";
import { familiarReference, withDefaultTag } from "../../../api/references.ts";
import { type Dockerfile, parseDockerfile, type Stage, type StageInstruction } from "../../../dockerfile/dockerfile.ts";
import { DockerfileSyntaxError } from "../../../dockerfile/lines.ts";
import type { Source } from "../../../storage/build/spawn.ts";
import type { Image } from "../../images/image.ts";
import type { TransferEvent } from "../../images/progress.ts";
import { BaseImages } from "../base-images.ts";
import { readDockerfile, removeIgnored } from "../contexts/dockerfile.ts";
import { DEFAULT_DOCKERFILE, openContext } from "../contexts/open.ts";
import type { Solver } from "../graph/solver.ts";
import type { BuildJob } from "../job.ts";
import type { SolveRequest } from "../solve-request.ts";
import { type GlobalArguments, globalArguments } from "../translation/arguments.ts";
import { contextVertex } from "../translation/source-vertices.ts";
import { stagesUpTo } from "../translation/stage-dependencies.ts";
import type { StageState } from "../translation/stage-state.ts";
import { Translation } from "../translation/translation.ts";
import { classicHistory } from "./history.ts";
import { ClassicOutput, shortId } from "./output.ts";
import type { Audience } from "./request.ts";
import { ClassicStepCache } from "./step-cache.ts";

/** Builds and tags the image; returns its ID. @throws BerthError in Docker's words */
export async function buildClassic(job: BuildJob, audience: Audience): Promise<string> {
  const { services, request, signal } = job;
  const place = { services, session: request.session, directory: job.newPath(), signal, onRelease: () => {} };
  const { source, isDockerfile } = await openContext(request.context, place);
  job.sources.add(source);
  const { dockerfile: wanted } = request;
  const name = (!isDockerfile && wanted.type === "file" && wanted.path) || DEFAULT_DOCKERFILE;
  const dockerfile = parsed(await readDockerfile(source, name));
  await removeIgnored(source, name);
  return new ClassicBuild(job, audience, dockerfile, source).run();
}

/** @throws BerthError in the classic builder's words */
function parsed(text: string): Dockerfile {
  try {
    return parseDockerfile(text);
  } catch (thrown) {
    throw thrown instanceof DockerfileSyntaxError ? prefixed("failed to parse Dockerfile", thrown) : thrown;
  }
}

class ClassicBuild {
  private readonly job: BuildJob;
  private readonly audience: Audience;
  private readonly dockerfile: Dockerfile;
  private readonly output: ClassicOutput;
  private readonly globals: GlobalArguments;
  private readonly stages: readonly Stage[];
  private readonly solver: Solver;
  private readonly translation: Translation;
  private readonly done = new Map<Stage, { state: StageState; image: Image | undefined }>();

  /** @throws BerthError invalidParameter for an unknown target */
  constructor(job: BuildJob, audience: Audience, dockerfile: Dockerfile, source: Source) {
    const { request, services } = job;
    this.job = job;
    this.audience = audience;
    this.dockerfile = dockerfile;
    this.globals = globalArguments(dockerfile, request);
    this.stages = stagesUpTo(dockerfile, request.target);
    this.stages.at(-1)?.instructions.push(...labelsOf(request));
    this.output = new ClassicOutput(audience, countSteps(dockerfile, this.stages));
    this.solver = job.solver(this.output, new ClassicStepCache(services.images, request.cacheFrom));
    const bases = new BaseImages(services, request);
    const { signal } = job;
    const tell = (event: TransferEvent): void => audience.tell({ type: "transfer", event });
    this.translation = new Translation({
      request,
      dockerfile,
      globals: this.globals,
      // The classic builder has no entitlements; its clients may use the host's network.
      entitlements: { networkHost: true, securityInsecure: false },
      history: classicHistory,
      context: contextVertex(source),
      contextPaths: new Set(),
      baseImage: (name, platform) => bases.get(name, platform, { tell, signal }),
      named: async () => undefined,
      addTriggers: () => {},
      nameOf: (_stage, text) => text,
      locationOf: () => undefined,
      stage: async (stage) => (this.done.get(stage) ?? (await this.build(stage))).state,
    });
  }

  async run(): Promise<string> {
    const { dockerfile, output, globals, job } = this;
    if (dockerfile.warnings.length > 0) output.warn(dockerfile.warnings.join("\n"));
    for (const instruction of dockerfile.globals) output.begin(instruction.text);
    let image: Image | undefined;
    for (const stage of this.stages) ({ image } = await this.build(stage));
    if (image === undefined) throw nothingGenerated();
    const unused = globals.unused();
    if (unused.length > 0) output.line(`[Warning] One or more build-args [${unused.join(" ")}] were not consumed`);
    output.line(`Successfully built ${shortId(image.id)}`);
    for (const exporter of job.request.exporters) {
      for (const tag of exporter.type === "image" ? exporter.names : []) {
        const name = withDefaultTag(tag);
        job.services.images.tag(image.id, name);
        output.line(`Successfully tagged ${familiarReference(name)}`);
      }
    }
    return image.id;
  }

  /** Builds a stage; one from scratch without changes has no image. */
  private async build(stage: Stage): Promise<{ state: StageState; image: Image | undefined }> {
    const { output, job } = this;
    const events = this.translation.translate(stage);
    let image: Image | undefined;
    let next = await events.next();
    for (; !next.done; next = await events.next()) {
      job.signal.throwIfAborted();
      const event = next.value;
      if (event.type === "begin") output.begin(event.text);
      else if (event.type === "line") output.line(event.text);
      else {
        const result = await this.solver.solve(event.state.root);
        image = result.type === "image" ? result.image : undefined;
        output.end(image?.id);
      }
    }
    const built = { state: next.value, image };
    this.done.set(stage, built);
    if (image) this.audience.tell({ type: "image", id: image.id });
    return built;
  }
}

const nothingGenerated = (): BerthError =>
  new BerthError("invalidParameter", "No image was generated. Is your Dockerfile empty?");

const stepsOf = ({ instructions }: Stage): number => 1 + instructions.length;

function countSteps({ globals }: Dockerfile, stages: readonly Stage[]): number {
  return stages.reduce((sum, stage) => sum + stepsOf(stage), globals.length);
}

/** The client's labels are appended as instructions of the last stage, without variable expansion. */
function labelsOf({ labels }: SolveRequest): StageInstruction[] {
  const literal = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
  return Object.entries(labels)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => ({
      name: "label",
      pairs: [[literal(name), literal(value)]],
      text: `LABEL ${name}=${value}`,
      line: 0,
      endLine: 0,
      comments: [],
    }));
}
