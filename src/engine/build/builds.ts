// The builds service: running builds, held results and the build cache.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BerthError, messageOf } from "../../api/errors.ts";
import { spreadSubdirectories } from "../../linux/inode-flags.ts";
import { Trash } from "../../storage/trash.ts";
import type { Events } from "../events.ts";
import type { Filters } from "../filters.ts";
import { acceptingFilters, type Pruner } from "../pruner.ts";
import { BuildCache, noBounds } from "./cache/build-cache.ts";
import type { CacheEntry } from "./cache/entry.ts";
import { CacheMounts } from "./cache/mounts.ts";
import { type CachePruneOptions, CachePruner, PRUNE_FILTERS } from "./cache/prune.ts";
import type { CacheRecords } from "./cache/records.ts";
import { buildClassic } from "./classic/build.ts";
import { type Audience, type ClassicBuildRequest, solveRequestOf } from "./classic/request.ts";
import { ContextTrees } from "./contexts/trees.ts";
import { excerpt } from "./dockerfile/excerpt.ts";
import { describe, solveDockerfile } from "./dockerfile/solve.ts";
import type { EngineServices } from "./engine-services.ts";
import type { BuildObserver } from "./events.ts";
import { type ExportMetadata, exportSolution } from "./export.ts";
import type { VertexResult } from "./graph/result.ts";
import { SharedSteps } from "./graph/shared-steps.ts";
import { BuildJob } from "./job.ts";
import { KnownSelections } from "./selections.ts";
import type { BuildSession } from "./session.ts";
import {
  BuildError,
  type SolveRequest,
  type SolveResult,
  type Subrequest,
  type SubrequestAnswer,
} from "./solve-request.ts";
import { SolvedBuild } from "./solved-build.ts";

interface RunningBuild {
  id: string;
  cancel: AbortController;
  /** The images it depends on and has created. */
  images: Set<string>;
}

export interface BuildsOptions extends EngineServices {
  events: Events;
  /** Results of earlier builds. */
  cache: CacheRecords;
}

export class Builds {
  readonly cache: BuildCache;
  private readonly cachePruner: CachePruner;
  private readonly services: BuildsOptions;
  private readonly trash: Trash;
  private readonly root: string;
  private readonly caches: CacheMounts;
  private readonly trees: ContextTrees;
  private readonly shared = new SharedSteps<VertexResult>();
  private readonly selections = new KnownSelections();
  private readonly running = new Set<RunningBuild>();
  /** Results that clients hold, by id. */
  private readonly results = new Map<string, SolvedBuild>();

  constructor(services: BuildsOptions) {
    const { dataRoot } = services.config;
    this.services = services;
    this.trash = new Trash(join(dataRoot, "trash"), services.log);
    this.root = join(dataRoot, "builds");
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
    // As for layers: ext4 would search a new context's inodes among those of one just deleted.
    spreadSubdirectories(this.root);
    this.caches = new CacheMounts(join(dataRoot, "build-cache"), this.trash);
    this.trees = new ContextTrees(join(dataRoot, "build-contexts"), this.trash);
    this.cache = new BuildCache({
      mounts: this.caches,
      trees: this.trees,
      records: services.cache,
      dataRoot,
      images: services.images,
      isUsed: (imageId) => this.using(imageId).length > 0,
    });
    this.cachePruner = new CachePruner(this.cache, services.events);
  }

  /** Prunes the cache to within these bounds. */
  pruner(options: CachePruneOptions = { all: false, ...noBounds }): Pruner<string> {
    const pruner = this.cachePruner;
    const bounded = {
      prune: (filters: Filters) => pruner.prune(filters, options),
      plan: (filters: Filters) => pruner.plan(filters, options),
      apply: (planId: string) => pruner.apply(planId),
    };
    return acceptingFilters(bounded, PRUNE_FILTERS);
  }

  /**
   * Builds an image as the classic builder does and returns its id. A build that fails or is aborted leaves nothing but
   * the images of its completed steps.
   * @throws BerthError in Docker's words
   */
  async build(
    request: ClassicBuildRequest,
    body: AsyncIterable<Uint8Array>,
    audience: Audience,
    signal: AbortSignal,
  ): Promise<string> {
    const running = this.begin(request.id);
    try {
      return await this.runJob(solveRequestOf(request, body), running, signal, (job) => buildClassic(job, audience));
    } finally {
      this.running.delete(running);
    }
  }

  /** Converts a `POST /build` request to a solve request. @param client its session, if it has one */
  solveRequest(
    request: ClassicBuildRequest,
    body: AsyncIterable<Uint8Array>,
    client: BuildSession | undefined,
  ): SolveRequest {
    return solveRequestOf(request, body, client);
  }

  /** The Dockerfile lines that a failure comes from; "" when unknown. */
  excerptOf(failure: unknown): string {
    return failure instanceof BuildError && failure.location ? excerpt(failure.location) : "";
  }

  /**
   * Builds the target of a Dockerfile without exporting it. The images of the result are kept until it is disposed of.
   * @throws BuildError, other BerthErrors, the reason of `signal` when it is aborted
   */
  async solve(request: SolveRequest, observer: BuildObserver, signal: AbortSignal): Promise<SolvedBuild> {
    const running = this.begin(request.id);
    const release = (): void => {
      this.running.delete(running);
    };
    try {
      const solved = await this.runJob(request, running, signal, (job) =>
        solveDockerfile(job, observer, { cache: this.services.cache, result: (id) => this.resultOf(id) }),
      );
      const result = new SolvedBuild(randomUUID(), solved, () => {
        this.results.delete(result.id);
        release();
      });
      this.results.set(result.id, result);
      this.collectGarbage();
      return result;
    } catch (thrown) {
      release();
      throw thrown;
    }
  }

  /**
   * Exports a result as its client requested; returns the content of the client's metadata file.
   * @throws BerthError; the reason of `signal` when it is aborted
   */
  export(
    { id }: SolveResult,
    request: SolveRequest,
    observer: BuildObserver,
    signal: AbortSignal,
  ): Promise<ExportMetadata> {
    return exportSolution(this.services, this.resultOf(id).solution, request, observer, signal);
  }

  private collectGarbage(): void {
    const { config, log } = this.services;
    this.cachePruner.collectGarbage(config.buildCachePolicies).catch((thrown: unknown) => {
      log.warn("failed to prune the build cache", { reason: messageOf(thrown) });
    });
  }

  /** Describes a Dockerfile instead of building it. @throws BerthError */
  async describe(request: SolveRequest, subrequest: Subrequest, signal: AbortSignal): Promise<SubrequestAnswer> {
    const running = this.begin(request.id);
    try {
      const options = { cache: this.services.cache, result: (id: string) => this.resultOf(id) };
      return await this.runJob(request, running, signal, (job) => describe(job, subrequest, options));
    } finally {
      this.running.delete(running);
    }
  }

  /** The result of another build that a client still holds. @throws BerthError notFound */
  private resultOf(id: string): SolvedBuild {
    const result = this.results.get(id);
    if (result) return result;
    throw new BerthError("notFound", `no build result ${id}`);
  }

  private begin(id: string): RunningBuild {
    const running: RunningBuild = { id, cancel: new AbortController(), images: new Set() };
    this.running.add(running);
    return running;
  }

  private async runJob<T>(
    request: SolveRequest,
    { cancel, images }: RunningBuild,
    signal: AbortSignal,
    work: (job: BuildJob) => Promise<T>,
  ): Promise<T> {
    const { services, caches, trees, shared, selections } = this;
    const directory = join(this.root, randomUUID());
    const job = new BuildJob({
      services,
      caches,
      trees,
      shared,
      selections,
      request,
      directory,
      signal: AbortSignal.any([signal, cancel.signal]),
      hold: (imageId) => images.add(imageId),
    });
    const close = async (): Promise<void> => {
      await job.close();
      if (existsSync(directory)) this.trash.discard(directory);
    };
    try {
      return await work(job);
    } finally {
      const closed = close();
      // Other builds may still share its steps, which then end later.
      if (job.isShared)
        void closed.catch((thrown: unknown) =>
          services.log.warn("failed to clean up a build", { reason: messageOf(thrown) }),
        );
      else await closed;
    }
  }

  /** Cancels the build with the client's id; an unknown id is no error. */
  cancel(id: string): void {
    for (const running of this.running) {
      if (running.id === id) running.cancel.abort(new BerthError("conflict", "Build cancelled"));
    }
  }

  /** The builds that use an image. */
  using(imageId: string): { id: string; running: true; isBuild: true }[] {
    const users = [...this.running].filter(({ images }) => images.has(imageId));
    return users.map(({ id }) => ({ id, running: true, isBuild: true }));
  }

  /** The build cache's entries. */
  cacheRecords(): Promise<CacheEntry[]> {
    return this.cache.list();
  }

  /** Removes leftovers of an earlier daemon's builds. */
  sweep(): void {
    for (const name of readdirSync(this.root)) this.trash.discard(join(this.root, name));
  }
}
