// Starts the services of a project, each once its dependencies meet their conditions.
import { ComposeError } from "../model/compose-error.ts";
import type { Project, Service } from "../model/project.ts";
import { scaleOf } from "../model/project.ts";
import { Conditions } from "./conditions.ts";
import { putContentFiles } from "./content-files.ts";
import type { Engine } from "./engine.ts";
import { type HookOutput, runHook } from "./hooks.ts";
import { type ObservedContainer, observeContainers } from "./observed.ts";
import { inDependencyOrder } from "./order.ts";
import { runPreStart } from "./pre-start.ts";
import { type Progress, withProgress } from "./progress.ts";

export interface StartOptions {
  /** The services to start; empty selects all. */
  services: readonly string[];
  /** Waits until all are running or healthy. */
  waits: boolean;
  /** Timeout of the wait in milliseconds. */
  waitTimeout: number | undefined;
  /** A dry run does not wait. */
  isDryRun: boolean;
  hookOutput?: HookOutput | undefined;
}

export class Starter {
  readonly #engine: Engine;
  readonly #progress: Progress;
  readonly #project: Project;
  readonly #options: StartOptions;

  constructor(engine: Engine, progress: Progress, project: Project, options: StartOptions) {
    this.#engine = engine;
    this.#progress = progress;
    this.#project = project;
    this.#options = options;
  }

  /** @throws ComposeError when a dependency does not meet its condition */
  async run(): Promise<void> {
    const containers = await observeContainers(this.#engine, this.#project.name);
    const byService = Map.groupBy(containers, ({ service }) => service);
    const { waits, waitTimeout, isDryRun } = this.#options;
    const conditions = new Conditions(this.#engine, this.#progress, this.#project, containers, waitTimeout);
    const wanted = [...this.#project.services.values()].filter(
      ({ name }) => this.#options.services.length === 0 || this.#options.services.includes(name),
    );
    await inDependencyOrder(this.#project, async (name) => {
      const service = wanted.find((candidate) => candidate.name === name);
      if (!service || service.provider) return;
      if (!isDryRun) await conditions.dependencies(service);
      await this.#start(service, byService.get(name) ?? []);
    });
    if (waits && !isDryRun) await conditions.runningOrHealthy(wanted);
  }

  async #start(service: Service, containers: readonly ObservedContainer[]): Promise<void> {
    if (containers.length === 0 && scaleOf(service) > 0 && !this.#options.isDryRun) {
      throw new ComposeError(`service "${service.name}" has no container to start`);
    }
    if (containers.length > 0 && !containers.some(({ isRunning }) => isRunning) && !this.#options.isDryRun) {
      await runPreStart(this.#engine, this.#progress, this.#project, service, containers, this.#options.hookOutput);
    }
    for (const container of containers) {
      if (container.isRunning && container.summary.State !== "paused") continue;
      await withProgress(this.#progress, `Container ${container.name}`, ["Starting", "Started"], async () => {
        await putContentFiles(this.#engine, this.#project, service, container.id);
        await this.#engine.containers.start(container.id);
        for (const hook of service.post_start ?? []) {
          await runHook(this.#engine, container, hook, this.#options.hookOutput);
        }
      });
    }
  }
}
