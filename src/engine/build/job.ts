// The resources of one build: workers, a directory for its files, the solver of its graph.
import { join } from "node:path";
import { LayerMaker } from "../../storage/build/spawn.ts";
import type { CacheMounts } from "./cache/mounts.ts";
import type { ContextTrees } from "./contexts/trees.ts";
import type { EngineServices } from "./engine-services.ts";
import type { BuildObserver } from "./events.ts";
import type { VertexResult } from "./graph/result.ts";
import type { SharedSteps } from "./graph/shared-steps.ts";
import { Solver } from "./graph/solver.ts";
import type { StepCache } from "./graph/step-cache.ts";
import type { KnownSelections } from "./selections.ts";
import type { SolveRequest } from "./solve-request.ts";
import { Sources } from "./sources.ts";

export interface BuildJobOptions {
  services: EngineServices;
  caches: CacheMounts;
  trees: ContextTrees;
  shared: SharedSteps<VertexResult>;
  selections: KnownSelections;
  request: SolveRequest;
  /** Directory for the build's files; the caller removes it. */
  directory: string;
  signal: AbortSignal;
  /** Keeps an image until the build ends. */
  hold(imageId: string): void;
}

export class BuildJob {
  readonly services: EngineServices;
  readonly request: SolveRequest;
  readonly signal: AbortSignal;
  readonly sources: Sources;
  private readonly options: BuildJobOptions;
  private readonly maker = new LayerMaker();
  private readonly solvers: Solver[] = [];
  private files = 0;

  constructor(options: BuildJobOptions) {
    this.options = options;
    this.sources = new Sources(options.selections);
    this.services = options.services;
    this.request = options.request;
    this.signal = options.signal;
  }

  /** A solver that reports to `observer` and finds results in `cache`. */
  solver(observer: BuildObserver, cache: StepCache): Solver {
    const { services, request, caches, trees, shared, signal, hold } = this.options;
    const { sources, maker } = this;
    const { session } = request;
    const execution = { services, request, session, caches, trees, maker, sources, newPath: () => this.newPath() };
    const solver = new Solver({ execution, observer, cache, shared, signal, hold });
    this.solvers.push(solver);
    return solver;
  }

  /** A new path for the build's own files; its directory exists. */
  newPath(): string {
    this.files += 1;
    return join(this.options.directory, String(this.files));
  }

  /** Whether other builds still follow a step that this one started. */
  get isShared(): boolean {
    return this.solvers.some(({ hasRuns }) => hasRuns);
  }

  /** Resolves when nothing of it is running or mounted any more. */
  async close(): Promise<void> {
    await Promise.all(this.solvers.map((solver) => solver.ended()));
    await Promise.all([this.sources.close(), this.maker.close()]);
  }
}
