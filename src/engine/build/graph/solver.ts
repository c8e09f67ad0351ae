// Solves the graph of one build: every vertex once, independent ones in parallel, cached ones not at all.
import { availableParallelism } from "node:os";
import { BerthError, messageOf } from "../../../api/errors.ts";
import type { Image } from "../../images/image.ts";
import type { BuildObserver, Vertex, VertexState } from "../events.ts";
import { now } from "../moments.ts";
import { BuildError } from "../solve-request.ts";
import type { VertexResult } from "./result.ts";
import { Semaphore } from "./semaphore.ts";
import type { SharedSteps } from "./shared-steps.ts";
import type { StepCache } from "./step-cache.ts";
import type { StepExecution, VertexEvent } from "./step-execution.ts";
import { type BuildVertex, type PreparedStep, type StepOperation, withInputs } from "./vertex.ts";

/** Maximum number of concurrent steps of one build. They mostly wait for the network or for each other. */
const MAX_PARALLEL_STEPS = Math.max(8, 2 * availableParallelism());

export interface SolverOptions {
  execution: Omit<StepExecution, "emit" | "ready" | "signal">;
  observer: BuildObserver;
  cache: StepCache;
  shared: SharedSteps<VertexResult>;
  signal: AbortSignal;
  /** Keeps an image until the build ends. */
  hold(imageId: string): void;
}

export class Solver {
  private readonly options: SolverOptions;
  private readonly semaphore = new Semaphore(MAX_PARALLEL_STEPS);
  private readonly results = new Map<string, Promise<VertexResult>>();
  private readonly announced = new Set<string>();
  /** Aborted by the first failure, which cancels all running steps. */
  private readonly failed = new AbortController();
  /** The ends of all runs that this build has started; other builds may still follow them. */
  private readonly runs = new Set<Promise<unknown>>();
  private readonly signal: AbortSignal;

  constructor(options: SolverOptions) {
    this.options = options;
    this.signal = AbortSignal.any([options.signal, this.failed.signal]);
  }

  /** @throws BuildError of the first vertex that failed; the reason of the build's signal */
  async solve(vertex: BuildVertex): Promise<VertexResult> {
    for (const each of withInputs(vertex)) this.announce(each);
    try {
      return await this.resultOf(vertex);
    } catch (thrown) {
      // All other steps are cancelled and have ended when the failure is reported.
      this.failed.abort(thrown);
      await Promise.allSettled(this.results.values());
      this.options.signal.throwIfAborted();
      throw this.failed.signal.reason;
    }
  }

  /** The image of a solved step. */
  async imageOf(vertex: BuildVertex): Promise<Image | undefined> {
    const result = await this.resultOf(vertex);
    return result.type === "image" ? result.image : undefined;
  }

  /** Cancels all running steps. */
  cancel(reason: unknown): void {
    this.failed.abort(reason);
  }

  get hasRuns(): boolean {
    return this.runs.size > 0;
  }

  /** Resolves when everything that this build started has ended, even if other builds follow it. */
  async ended(): Promise<void> {
    await Promise.allSettled([...this.results.values(), ...this.runs]);
  }

  private announce(vertex: BuildVertex): void {
    if (this.announced.has(vertex.digest)) return;
    this.announced.add(vertex.digest);
    this.report(vertex, { type: "pending" });
  }

  private resultOf(vertex: BuildVertex): Promise<VertexResult> {
    const known = this.results.get(vertex.digest);
    if (known) return known;
    const result = this.run(vertex);
    this.results.set(vertex.digest, result);
    result.catch((thrown: unknown) => this.failed.abort(thrown));
    return result;
  }

  private async run(vertex: BuildVertex): Promise<VertexResult> {
    const inputs = await Promise.all(vertex.inputs.map((input) => this.resultOf(input)));
    this.signal.throwIfAborted();
    const started = now();
    this.report(vertex, { type: "started", started });
    try {
      const { operation } = vertex;
      const { result, isCached } =
        operation.type === "source"
          ? { result: await operation.load(this.executionOf(vertex, this.signal)), isCached: false }
          : await this.runStep(vertex, operation, inputs);
      if (result.type === "image" && result.image) this.options.hold(result.image.id);
      this.report(vertex, { type: isCached ? "cached" : "completed", started, completed: now() });
      return result;
    } catch (thrown) {
      if (this.signal.aborted) {
        this.report(vertex, { type: "canceled", started, completed: now() });
        throw this.signal.reason;
      }
      this.report(vertex, { type: "failed", started, completed: now(), error: messageOf(thrown) });
      throw located(thrown, vertex);
    }
  }

  private async runStep(
    vertex: BuildVertex,
    operation: StepOperation,
    inputs: readonly VertexResult[],
  ): Promise<{ result: VertexResult; isCached: boolean }> {
    const { cache, shared, execution } = this.options;
    const [first] = inputs;
    const parent = first?.type === "image" ? first.image : undefined;
    const prepared = await operation.prepare(inputs, this.executionOf(vertex, this.signal));
    const key = cache.keyOf(vertex, parent, prepared);
    const found = vertex.ignoresCache ? undefined : await cache.find(key, vertex, parent, prepared);
    if (found) return { result: { type: "image", image: found.image }, isCached: true };
    const follower = {
      onEvent: (event: VertexEvent) => this.forward(vertex, event),
      ready: () => this.options.observer.ready(),
      signal: this.signal,
    };
    // A build without cache does not share another build's steps either.
    const name = vertex.ignoresCache ? `${key} ${execution.newPath()}` : key;
    const result = await shared.join(
      name,
      follower,
      (context) =>
        this.semaphore.run(context.signal, () =>
          this.execute(vertex, key, parent, prepared, { ...execution, ...context }),
        ),
      (ended) => {
        this.runs.add(ended);
        void ended.then(() => this.runs.delete(ended));
      },
    );
    return { result, isCached: false };
  }

  private async execute(
    vertex: BuildVertex,
    key: string,
    parent: Image | undefined,
    prepared: PreparedStep,
    execution: StepExecution,
  ): Promise<VertexResult> {
    let image: Image | undefined;
    await prepared.execute(execution, async (layer) => {
      image = await this.options.cache.commit(key, vertex, parent, prepared, execution, layer);
      if (image) this.options.hold(image.id);
    });
    return { type: "image", image };
  }

  private executionOf(vertex: BuildVertex, signal: AbortSignal): StepExecution {
    const { execution, observer } = this.options;
    return {
      ...execution,
      signal,
      emit: (event) => this.forward(vertex, event),
      ready: () => observer.ready(),
    };
  }

  private forward({ digest: vertex }: BuildVertex, event: VertexEvent): void {
    const { observer } = this.options;
    if (event.type === "status") {
      const { id, current, total, started, completed } = event;
      observer.onEvent({ type: "status", status: { id, vertex, current, total, started, completed } });
    } else observer.onEvent({ ...event, vertex });
  }

  private report({ digest, name, inputs, platform, isSilent }: BuildVertex, state: VertexState): void {
    if (isSilent) return;
    const shown = inputs.filter((input) => !input.isSilent);
    const vertex: Vertex = { digest, name, inputs: shown.map((input) => input.digest), platform };
    this.options.observer.onEvent({ type: "vertex", vertex, state });
  }
}

/** Adds the vertex and the Dockerfile location to an error. */
function located(thrown: unknown, { digest, location }: BuildVertex): BuildError {
  if (thrown instanceof BuildError && thrown.vertex !== undefined) return thrown;
  const kind = thrown instanceof BerthError ? thrown.kind : "internal";
  const exitCode = thrown instanceof BuildError ? thrown.exitCode : undefined;
  return new BuildError(kind, messageOf(thrown), {
    vertex: digest,
    cause: thrown,
    ...(location ? { location } : {}),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}
