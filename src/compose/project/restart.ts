// Restarts services, and those that depend on them with `restart: true`.
import { dependentsOf, type Project, type Service } from "../model/project.ts";
import { Conditions } from "./conditions.ts";
import type { Engine } from "./engine.ts";
import { runHook } from "./hooks.ts";
import { type ObservedContainer, observeContainers } from "./observed.ts";
import { inDependencyOrder, inParallel } from "./order.ts";
import { type Progress, withProgress } from "./progress.ts";

export interface RestartOptions {
  /** Empty selects all. */
  services: readonly string[];
  withDependents: boolean;
  /** Seconds between stop and kill; undefined uses the container's own. */
  timeout: number | undefined;
  parallel: number | undefined;
  isDryRun: boolean;
}

/** The services, and everything that is to restart with them. */
function withDependents(project: Project, services: readonly string[]): Set<string> {
  const wanted = new Set(services);
  // A set iterates also over what is added meanwhile.
  for (const name of wanted) {
    for (const [dependent, { restart }] of dependentsOf(project, name)) if (restart) wanted.add(dependent);
  }
  return wanted;
}

export async function restartServices(
  engine: Engine,
  progress: Progress,
  project: Project,
  options: RestartOptions,
): Promise<void> {
  const { services, timeout, parallel, isDryRun } = options;
  const containers = await observeContainers(engine, project.name);
  const named = services.length === 0 ? [...project.services.keys()] : services;
  const wanted = options.withDependents ? withDependents(project, named) : new Set(named);
  const conditions = new Conditions(engine, progress, project, containers, undefined);
  const restartOne = async (service: Service, container: ObservedContainer): Promise<void> => {
    const { pre_stop = [], post_start = [] } = isDryRun ? {} : service;
    for (const hook of pre_stop) await runHook(engine, container, hook, undefined);
    await withProgress(progress, `Container ${container.name}`, ["Restarting", "Started"], () =>
      engine.containers.restart(container.id, { timeout }),
    );
    for (const hook of post_start) await runHook(engine, container, hook, undefined);
  };
  await inDependencyOrder(project, async (name) => {
    const service = project.services.get(name);
    if (!service || !wanted.has(name)) return;
    if (!isDryRun && options.withDependents) await conditions.dependencies(restartedWith(service));
    const own = containers.filter((container) => container.service === name);
    await inParallel(own, parallel, (container) => restartOne(service, container));
  });
}

/** Without dependencies whose restart does not concern the service. */
function restartedWith(service: Service): Service {
  const { depends_on: dependencies = {} } = service;
  return {
    ...service,
    depends_on: Object.fromEntries(Object.entries(dependencies).filter(([, { restart }]) => restart)),
  };
}
