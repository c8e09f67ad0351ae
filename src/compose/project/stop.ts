// Stops, kills, restarts and removes the containers of a project, dependants before their dependencies.
import type { Project } from "../model/project.ts";
import type { Engine } from "./engine.ts";
import { isConflict, isNotFound } from "./failures.ts";
import { type HookOutput, runHook } from "./hooks.ts";
import { type ObservedContainer, observeContainers, ofServices, orphansOf } from "./observed.ts";
import { inParallel, inReverseDependencyOrder } from "./order.ts";
import { type Progress, withProgress } from "./progress.ts";

export interface StopOptions {
  /** Empty selects all. */
  services: readonly string[];
  /** Seconds between stop and kill; undefined uses the container's own. */
  timeout: number | undefined;
  parallel: number | undefined;
  hookOutput?: HookOutput | undefined;
}

export class Stopper {
  readonly #engine: Engine;
  readonly #progress: Progress;
  readonly #project: Project;
  readonly #options: StopOptions;

  constructor(engine: Engine, progress: Progress, project: Project, options: StopOptions) {
    this.#engine = engine;
    this.#progress = progress;
    this.#project = project;
    this.#options = options;
  }

  async stop(): Promise<void> {
    const containers = await observeContainers(this.#engine, this.#project.name);
    await this.#inReverse(containers, (container) => this.#stop(container));
  }

  /** Stops and removes containers, on request with their anonymous volumes. */
  async remove(containers: readonly ObservedContainer[], volumes: boolean): Promise<void> {
    await this.#inReverse(containers, (container) => this.#stopAndRemove(container, volumes));
  }

  async removeOrphans(containers: readonly ObservedContainer[], volumes: boolean): Promise<void> {
    // One-off containers of known services are removed with these.
    const orphans = orphansOf(this.#project, containers).filter(({ service }) => !this.#project.services.has(service));
    await inParallel(orphans, this.#options.parallel, (container) => this.#stopAndRemove(container, volumes));
  }

  async #inReverse(
    containers: readonly ObservedContainer[],
    work: (container: ObservedContainer) => Promise<void>,
  ): Promise<void> {
    const wanted = Map.groupBy(ofServices(containers, this.#options.services), ({ service }) => service);
    await inReverseDependencyOrder(this.#project, (name) =>
      inParallel(wanted.get(name) ?? [], this.#options.parallel, work),
    );
  }

  async #stop(container: ObservedContainer): Promise<void> {
    const { id, name, service, isRunning } = container;
    await withProgress(this.#progress, `Container ${name}`, ["Stopping", "Stopped"], async () => {
      if (!isRunning) return;
      for (const hook of this.#project.services.get(service)?.pre_stop ?? []) {
        await runHook(this.#engine, container, hook, this.#options.hookOutput);
      }
      await this.#engine.containers.stop(id, { timeout: this.#options.timeout });
    });
  }

  async #stopAndRemove(container: ObservedContainer, volumes: boolean): Promise<void> {
    try {
      await this.#stop(container);
      await withProgress(this.#progress, `Container ${container.name}`, ["Removing", "Removed"], () =>
        this.#engine.containers.remove(container.id, { force: true, volumes }),
      );
    } catch (thrown) {
      if (!isNotFound(thrown) && !isConflict(thrown)) throw thrown;
    }
  }
}
