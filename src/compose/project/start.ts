// Starts the services of a project, each once its dependencies meet their conditions.
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerInspect } from "../../client/index.ts";
import { ComposeError } from "../model/compose-error.ts";
import type { Project, Service } from "../model/project.ts";
import { scaleOf } from "../model/project.ts";
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

type Condition = "service_started" | "service_healthy" | "service_completed_successfully" | "running_or_healthy";

/** Polling interval for a container, in milliseconds. */
const INTERVAL = 100;

type Verdict = { done: true } | { done: false } | { failed: string };

function hasProbe({ Config }: ContainerInspect): boolean {
  const test = Config.Healthcheck?.Test ?? [];
  return Config.Healthcheck !== undefined && Config.Healthcheck !== null && test[0] !== "NONE";
}

function healthVerdict(container: ContainerInspect, name: string, acceptsRunning: boolean): Verdict {
  const { State } = container;
  if (State.Status === "exited") return { failed: `container ${name} exited (${State.ExitCode})` };
  if (!hasProbe(container) && acceptsRunning) return { done: State.Status === "running" };
  if (!State.Health) {
    if (State.Status === "created") return { done: false };
    return { failed: `container ${name} has no healthcheck configured` };
  }
  if (State.Health.Status === "unhealthy") return { failed: `container ${name} is unhealthy` };
  return { done: State.Health.Status === "healthy" };
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
    const deadline = this.#options.waitTimeout === undefined ? undefined : Date.now() + this.#options.waitTimeout;
    await inDependencyOrder(this.#project, async (name) => {
      const service = this.#project.services.get(name);
      const isWanted = this.#options.services.length === 0 || this.#options.services.includes(name);
      if (!service || service.provider || !isWanted) return;
      await this.#awaitDependencies(service, byService, deadline);
      await this.#start(service, byService.get(name) ?? []);
    });
    if (this.#options.waits) await this.#awaitAll(byService, deadline);
  }

  async #awaitDependencies(
    service: Service,
    byService: ReadonlyMap<string, ObservedContainer[]>,
    deadline: number | undefined,
  ): Promise<void> {
    const dependencies = Object.entries(service.depends_on ?? {});
    await Promise.all(
      dependencies.map(async ([name, { condition = "service_started", required = true }]) => {
        const other = this.#project.services.get(name);
        if (!other || scaleOf(other) === 0 || other.provider || condition === "service_started") return;
        const wanted = conditions.find((known) => known === condition);
        if (wanted) await this.#awaitCondition(name, wanted, required, byService.get(name) ?? [], deadline);
      }),
    );
  }

  async #awaitCondition(
    name: string,
    condition: Condition,
    isRequired: boolean,
    containers: readonly ObservedContainer[],
    deadline: number | undefined,
  ): Promise<void> {
    if (this.#options.isDryRun) return;
    for (const container of containers) this.#tell(container, "working", "Waiting");
    for (;;) {
      const verdict = await this.#verdict(name, condition, containers);
      if ("failed" in verdict) {
        const words =
          condition === "service_healthy" ? `dependency failed to start: ${verdict.failed}` : verdict.failed;
        if (!isRequired) {
          const reason =
            condition === "service_healthy" ? `"${name}" failed to start` : verdict.failed.replace(/^service /, "");
          for (const container of containers)
            this.#tell(container, "warning", `Skipped - optional dependency ${reason}`);
          this.#progress.warn(`optional dependency ${reason}`);
          return;
        }
        for (const container of containers) this.#tell(container, "error", "Error");
        throw new ComposeError(words);
      }
      if (verdict.done) {
        const text = condition === "service_completed_successfully" ? "Exited" : "Healthy";
        for (const container of containers) this.#tell(container, "done", text);
        return;
      }
      if (deadline !== undefined && Date.now() > deadline) {
        throw new ComposeError("application not healthy after timeout");
      }
      await sleep(INTERVAL);
    }
  }

  async #verdict(name: string, condition: Condition, containers: readonly ObservedContainer[]): Promise<Verdict> {
    const inspected = await Promise.all(containers.map(({ id }) => this.#engine.containers.inspect(id)));
    if (condition === "service_completed_successfully") {
      const ended = inspected.find(({ State }) => State.Status === "exited");
      if (!ended) return { done: false };
      const { ExitCode: code } = ended.State;
      return code === 0 ? { done: true } : { failed: `service "${name}" didn't complete successfully: exit ${code}` };
    }
    const verdicts = inspected.map((container) =>
      healthVerdict(container, container.Name.slice(1), condition === "running_or_healthy"),
    );
    return (
      verdicts.find((verdict) => "failed" in verdict) ?? {
        done: verdicts.every((verdict) => "done" in verdict && verdict.done),
      }
    );
  }

  #tell({ name }: ObservedContainer, state: "working" | "done" | "warning" | "error", text: string): void {
    this.#progress.tell({ id: `Container ${name}`, state, text });
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

  async #awaitAll(byService: ReadonlyMap<string, ObservedContainer[]>, deadline: number | undefined): Promise<void> {
    await Promise.all(
      [...this.#project.services].map(async ([name, service]) => {
        if (scaleOf(service) === 0 || service.provider) return;
        const isWanted = this.#options.services.length === 0 || this.#options.services.includes(name);
        if (isWanted) await this.#awaitCondition(name, "running_or_healthy", true, byService.get(name) ?? [], deadline);
      }),
    );
  }
}

const conditions = [
  "service_started",
  "service_healthy",
  "service_completed_successfully",
  "running_or_healthy",
] as const;
