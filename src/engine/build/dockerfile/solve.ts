// Builds the target of a Dockerfile: parses it, translates the required stages, and solves their graph.
import { BerthError } from "../../../api/errors.ts";
import { hostPlatform } from "../../../api/platforms.ts";
import { type Dockerfile, parseUntilError, type Stage } from "../../../dockerfile/dockerfile.ts";
import { lintUntilError } from "../../../dockerfile/lint/lint.ts";
import type { BuildEntitlements } from "../../config.ts";
import { BaseImages } from "../base-images.ts";
import { importInlineCache, inlineCache } from "../cache/inline.ts";
import type { CacheRecords } from "../cache/records.ts";
import { RecordedStepCache } from "../cache/step-cache.ts";
import type { BuildObserver } from "../events.ts";
import type { Solver } from "../graph/solver.ts";
import type { BuildJob } from "../job.ts";
import { BuildError, type SolveRequest, type Subrequest, type SubrequestAnswer } from "../solve-request.ts";
import { type Solution, type SolvedBuild, withTimes } from "../solved-build.ts";
import { globalArguments } from "../translation/arguments.ts";
import { neededStages } from "../translation/stage-dependencies.ts";
import type { StageState } from "../translation/stage-state.ts";
import { Translation } from "../translation/translation.ts";
import { buildWarning, check, failOnWarnings, lintOptions, locatedIn } from "./checks.ts";
import { Contexts, type LoadedDockerfile } from "./contexts.ts";
import { baseImageFacts, describeDockerfile } from "./describe.ts";
import { dockerfileHistory } from "./history.ts";
import { locationIn } from "./location.ts";
import { StageNames } from "./stage-names.ts";
import { checkTarget } from "./stages.ts";

export interface SolveOptions {
  cache: CacheRecords;
  /** The result of another build. @throws BerthError notFound */
  result(id: string): SolvedBuild;
}

/** Describes a Dockerfile without building it. @throws BerthError */
export async function describe(
  job: BuildJob,
  subrequest: Subrequest,
  { cache, result }: SolveOptions,
): Promise<SubrequestAnswer> {
  const observer = { onEvent: () => {}, ready: async () => {} };
  const solver = job.solver(observer, new RecordedStepCache(job.services.images, cache, undefined));
  const contexts = new Contexts(job, solver, new BaseImages(job.services, job.request), result);
  return describeDockerfile(job, await contexts.loadDockerfile(), subrequest);
}

/** @throws BuildError, other BerthErrors, the reason of the build's signal */
export async function solveDockerfile(
  job: BuildJob,
  observer: BuildObserver,
  { cache, result }: SolveOptions,
): Promise<Solution> {
  const { services, request } = job;
  const stepCache = new RecordedStepCache(services.images, cache, request.sourceDateEpoch);
  const solver = job.solver(observer, stepCache);
  const bases = new BaseImages(services, request);
  const contexts = new Contexts(job, solver, bases, result);
  const loaded = await contexts.loadDockerfile();
  for (const name of request.cacheFrom) {
    const image = await contexts.cacheImage(name);
    if (image) await importInlineCache(image, services.images, cache);
  }
  const solution = await new DockerfileBuild(job, solver, contexts, loaded, observer).run();
  if (!request.inlineCache) return solution;
  const { root, config } = solution;
  const inline = inlineCache(stepCache.stepsOf(root), root?.config.rootfs.diff_ids ?? []);
  return { root, config: { ...config, "moby.buildkit.cache.v0": inline } };
}

class DockerfileBuild {
  private readonly job: BuildJob;
  private readonly solver: Solver;
  private readonly dockerfile: Dockerfile;
  private readonly translation: Translation;
  private readonly states = new Map<Stage, Promise<StageState>>();
  private readonly contextPaths = new Set<string>();
  private readonly target: Stage;
  private readonly needed: readonly Stage[];

  constructor(job: BuildJob, solver: Solver, contexts: Contexts, loaded: LoadedDockerfile, observer: BuildObserver) {
    const { request } = job;
    this.job = job;
    this.solver = solver;
    this.dockerfile = readDockerfile(loaded, request, observer);
    const globals = globalArguments(this.dockerfile, request);
    checkTarget(this.dockerfile, request);
    this.needed = neededStages(this.dockerfile, request.target, (name) => globals.valueOf(name));
    const target = this.needed.at(-1);
    if (target === undefined) throw new BerthError("invalidParameter", "dockerfile contains no stages to build");
    this.target = target;
    refuseForeignSyntax(this.dockerfile, loaded, request);
    this.warn(observer, loaded);
    const names = new StageNames(this.dockerfile);
    this.translation = new Translation({
      request,
      dockerfile: this.dockerfile,
      globals,
      entitlements: granted(job),
      history: dockerfileHistory,
      context: contexts.context(loaded, this.contextPaths),
      contextPaths: this.contextPaths,
      baseImage: (name, platform) => contexts.baseImage(name, platform),
      named: (name) => contexts.named(name),
      addTriggers: (stage, triggers) => names.addTriggers(stage, triggers),
      nameOf: (stage, text) => names.next(stage, text),
      locationOf: ({ line, endLine }) => locationIn(loaded, line, endLine),
      stage: (stage) => this.stateOf(stage),
    });
  }

  /** Reports build check warnings. @throws BuildError when they are configured as errors */
  private warn(observer: BuildObserver, loaded: LoadedDockerfile): void {
    const { services, request } = this.job;
    const { warnings, options, failure } = check({
      dockerfile: this.dockerfile,
      stages: this.needed,
      loaded,
      request,
      baseImage: (reference) => baseImageFacts(reference, (name) => services.images.find(name)),
    });
    for (const warning of warnings) {
      observer.onEvent({ type: "warning", warning: buildWarning(warning, loaded, loaded.vertex) });
    }
    if (failure !== undefined) throw failure;
    failOnWarnings(warnings, options);
  }

  async run(): Promise<Solution> {
    // Resolves base images in parallel.
    await Promise.all(this.needed.map((stage) => this.stateOf(stage))).catch((thrown: unknown) => {
      this.solver.cancel(thrown);
      throw thrown;
    });
    const state = await this.stateOf(this.target);
    const result = await this.solver.solve(state.root);
    const root = result.type === "image" ? result.image : undefined;
    return { root, config: this.configOf(state, root) };
  }

  private configOf(state: StageState, root: Solution["root"]): Solution["config"] {
    const { labels, sourceDateEpoch } = this.job.request;
    const epoch = sourceDateEpoch === undefined ? undefined : new Date(sourceDateEpoch * 1000).toISOString();
    const config =
      Object.keys(labels).length > 0
        ? { ...state.config, Labels: { ...state.config.Labels, ...labels } }
        : state.config;
    // The last entries of the history belong to the layers of this build.
    const times =
      root?.config.history.filter(({ empty_layer }) => empty_layer !== true).map(({ created }) => created) ?? [];
    let next = times.length - state.history.filter(({ hasLayer }) => hasLayer).length;
    const added = state.history.map(({ entry, hasLayer }) => {
      const created = epoch ?? (hasLayer ? times[next++] : undefined);
      return created === undefined ? entry : { created, ...entry };
    });
    const history = withTimes([...state.baseHistory, ...added]);
    const created = epoch ?? history.at(-1)?.created;
    const { os, architecture, variant } = root?.config ?? state.platform ?? hostPlatform;
    return {
      os,
      architecture,
      ...(variant === undefined ? {} : { variant }),
      ...(created === undefined ? {} : { created }),
      ...(state.author === "" ? {} : { author: state.author }),
      config,
      history,
    };
  }

  private stateOf(stage: Stage): Promise<StageState> {
    const known = this.states.get(stage);
    if (known) return known;
    const state = this.translate(stage);
    this.states.set(stage, state);
    // The stages that need it report the failure.
    state.catch(() => {});
    return state;
  }

  private async translate(stage: Stage): Promise<StageState> {
    const events = this.translation.translate(stage);
    for (;;) {
      const next = await events.next();
      this.job.signal.throwIfAborted();
      if (next.done) return next.value;
    }
  }
}

/** The frontends that this implementation replaces. */
const OFFICIAL_FRONTEND = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@].*)?$/;

/** @throws BuildError notImplemented */
function refuseForeignSyntax(
  { syntax }: Dockerfile,
  loaded: LoadedDockerfile,
  { arguments: given }: SolveRequest,
): void {
  const wanted = given.BUILDKIT_SYNTAX || syntax;
  if (wanted === "" || OFFICIAL_FRONTEND.test(wanted)) return;
  const line = loaded.content.split("\n").findIndex((text) => /^\s*#\s*syntax\s*=/i.test(text)) + 1;
  const message = `frontend ${wanted} is not supported: this engine reads Dockerfiles only`;
  throw new BuildError("notImplemented", message, line > 0 ? { location: locationIn(loaded, line, line) } : {});
}

/** The entitlements that the client requests and the configuration allows. */
function granted({ services, request: { entitlements } }: BuildJob): BuildEntitlements {
  const { networkHost, securityInsecure } = services.config.buildEntitlements;
  return {
    networkHost: networkHost && entitlements.includes("network.host"),
    securityInsecure: securityInsecure && entitlements.includes("security.insecure"),
  };
}

/** Reports what the checks find up to an error. @throws BuildError with the location of the error */
function readDockerfile(loaded: LoadedDockerfile, request: SolveRequest, observer: BuildObserver): Dockerfile {
  const { dockerfile, failure } = parseUntilError(loaded.content);
  if (failure === undefined) return dockerfile;
  for (const warning of lintUntilError(dockerfile, lintOptions(dockerfile, request))) {
    observer.onEvent({ type: "warning", warning: buildWarning(warning, loaded, loaded.vertex) });
  }
  throw locatedIn(loaded, failure);
}
