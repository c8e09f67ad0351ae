// Waits for the conditions under which a service's dependencies let it start: running, healthy, completed.
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerInspect } from "../../client/index.ts";
import { ComposeError } from "../model/compose-error.ts";
import type { Project, Service } from "../model/project.ts";
import { dependentsOf, scaleOf } from "../model/project.ts";
import { shownDuration } from "../model/quantities.ts";
import type { Engine } from "./engine.ts";
import type { ObservedContainer } from "./observed.ts";
import type { Progress } from "./progress.ts";

/** Polling interval for a container, in milliseconds. */
const INTERVAL = 100;

/** Milliseconds that a container without a health check has to exit; that says more than the lack of the check. */
const EXIT_GRACE = 500;

type Verdict = { done: true } | { done: false } | { failed: string };

function hasProbe({ Config }: ContainerInspect): boolean {
  const test = Config.Healthcheck?.Test ?? [];
  return Config.Healthcheck !== undefined && Config.Healthcheck !== null && test[0] !== "NONE";
}

/** @param elapsed milliseconds since the wait began */
function healthVerdict(container: ContainerInspect, name: string, acceptsRunning: boolean, elapsed: number): Verdict {
  const { State } = container;
  if (State.Status === "exited") return { failed: `container ${name} exited (${State.ExitCode})` };
  if (!hasProbe(container) && acceptsRunning) return { done: State.Status === "running" };
  if (!State.Health) {
    if (State.Status === "created" || elapsed < EXIT_GRACE) return { done: false };
    return { failed: `container ${name} has no healthcheck configured` };
  }
  if (State.Health.Status === "unhealthy") return { failed: `container ${name} is unhealthy` };
  return { done: State.Health.Status === "healthy" };
}

const COMPLETED = "service_completed_successfully";
const conditions = ["service_started", "service_healthy", COMPLETED] as const;
type Condition = (typeof conditions)[number] | "running_or_healthy";

export class Conditions {
  readonly #engine: Engine;
  readonly #progress: Progress;
  readonly #project: Project;
  readonly #byService: ReadonlyMap<string, readonly ObservedContainer[]>;
  readonly #timeout: number | undefined;
  readonly #deadline: number | undefined;

  /** @param timeout in milliseconds; undefined waits forever */
  constructor(
    engine: Engine,
    progress: Progress,
    project: Project,
    containers: readonly ObservedContainer[],
    timeout: number | undefined,
  ) {
    this.#engine = engine;
    this.#progress = progress;
    this.#project = project;
    this.#byService = Map.groupBy(containers, ({ service }) => service);
    this.#timeout = timeout;
    this.#deadline = timeout === undefined ? undefined : Date.now() + timeout;
  }

  /** @throws ComposeError when a required dependency cannot meet its condition, or after the timeout */
  async dependencies(service: Service): Promise<void> {
    const dependencies = Object.entries(service.depends_on ?? {});
    await Promise.all(
      dependencies.map(async ([name, { condition = "service_started", required = true }]) => {
        const other = this.#project.services.get(name);
        if (!other || scaleOf(other) === 0 || other.provider || condition === "service_started") return;
        const wanted = conditions.find((known) => known === condition);
        if (wanted) await this.#await(name, wanted, required);
      }),
    );
  }

  async #await(name: string, condition: Condition, isRequired: boolean): Promise<void> {
    const containers = this.#byService.get(name) ?? [];
    for (const container of containers) this.#tell(container, "working", "Waiting");
    const began = Date.now();
    for (;;) {
      const verdict = await this.#verdict(name, condition, containers, Date.now() - began);
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
      if (this.#deadline !== undefined && Date.now() > this.#deadline) {
        throw new ComposeError(`application not healthy after ${shownDuration((this.#timeout ?? 0) * 1e6)}`);
      }
      await sleep(INTERVAL);
    }
  }

  async #verdict(
    name: string,
    condition: Condition,
    containers: readonly ObservedContainer[],
    elapsed: number,
  ): Promise<Verdict> {
    const inspected = await Promise.all(containers.map(({ id }) => this.#engine.containers.inspect(id)));
    if (condition === "service_completed_successfully") {
      const ended = inspected.find(({ State }) => State.Status === "exited");
      if (!ended) return { done: false };
      const { ExitCode: code } = ended.State;
      return code === 0 ? { done: true } : { failed: `service "${name}" didn't complete successfully: exit ${code}` };
    }
    const verdicts = inspected.map((container) =>
      healthVerdict(container, container.Name.slice(1), condition === "running_or_healthy", elapsed),
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

  /** Whether another service waits for the exit of this one. */
  #isAwaitedToComplete({ name }: Service): boolean {
    return [...dependentsOf(this.#project, name).values()].some(({ condition }) => condition === COMPLETED);
  }

  /** Waits until these services are running, and healthy if they have a health check. */
  async runningOrHealthy(services: Iterable<Service>): Promise<void> {
    await Promise.all(
      [...services].map(async (service) => {
        if (scaleOf(service) === 0 || service.provider) return;
        const condition = this.#isAwaitedToComplete(service) ? COMPLETED : "running_or_healthy";
        await this.#await(service.name, condition, true);
      }),
    );
  }
}
