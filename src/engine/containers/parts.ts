// Puts the parts of the containers service together: each gets what it needs through its constructor, in an order in which
// none needs one that comes later.
import type { Database } from "bun:sqlite";
import { join } from "node:path";
import type { Log } from "../../api/log.ts";
import { Runtimes } from "../../runtime/runtimes.ts";
import type { SeccompProfile } from "../../runtime/seccomp/profile.ts";
import { SeccompPrograms } from "../../runtime/seccomp/program.ts";
import type { HostFacts } from "../../runtime/spec/host.ts";
import type { FileChange } from "../../storage/changes.ts";
import type { UserMapping } from "../../storage/user-mapping.ts";
import type { EngineConfig } from "../config.ts";
import type { Events } from "../events.ts";
import type { CgroupControl } from "./cgroup-control.ts";
import type { ContainerConfiguration } from "./configuration/container-configuration.ts";
import type { HostConfiguration } from "./configuration/host-configuration.ts";
import type { Container } from "./container.ts";
import type { ContainerNetworks, ContainerVolumes, ImageSource } from "./dependencies.ts";
import { Execs } from "./exec/execs.ts";
import { HealthChecks } from "./health/health-checks.ts";
import { Disposal } from "./lifecycle/disposal.ts";
import { ExitWatcher } from "./lifecycle/exit-watcher.ts";
import { Launcher } from "./lifecycle/launcher.ts";
import { Lifecycle } from "./lifecycle/lifecycle.ts";
import { Pauser } from "./lifecycle/pause.ts";
import { ContainerPruner } from "./lifecycle/prune.ts";
import { Removal } from "./lifecycle/removal.ts";
import { Restorer } from "./lifecycle/restore.ts";
import { Runs } from "./lifecycle/runs.ts";
import { Termination } from "./lifecycle/termination.ts";
import { defaultLogBudget } from "./logs/budget.ts";
import { Logs } from "./logs/logs.ts";
import { sizesOf } from "./queries/sizes.ts";
import { StatsSampler } from "./queries/stats.ts";
import { ContainerStore } from "./store.ts";

export interface ContainersOptions {
  config: EngineConfig;
  log: Log;
  database: Database;
  events: Events;
  images: ImageSource;
  networks: ContainerNetworks;
  volumes: ContainerVolumes;
  hostFacts: HostFacts;
  /** The ids of containers that do not ask for the host's; undefined when all have the host's. */
  userMapping: UserMapping | undefined;
  /** Checks and warns about a host configuration. @throws BerthError invalidParameter */
  validate(config: ContainerConfiguration, hostConfig: HostConfiguration): string[];
  seccomp: SeccompProfile | "unconfined";
  cgroups: CgroupControl;
  files: { changes(upper: string, lowerDirectories: readonly string[]): Promise<FileChange[]> };
}

export type ContainerParts = ReturnType<typeof assembleParts>;

export function assembleParts(options: ContainersOptions) {
  const { config, database, events, log, cgroups, images, networks, volumes, hostFacts, userMapping, seccomp } =
    options;
  const runtimes = new Runtimes(config.execRoot);
  const store = new ContainerStore<Container>(database);
  const exits = new ExitWatcher(join(config.execRoot, "exits"));
  const logs = new Logs({
    containers: () => store.all(),
    budget: config.logBudget ?? defaultLogBudget(config.dataRoot),
    dataRoot: config.dataRoot,
    log,
  });
  const execs = new Execs({ store, cgroups, hostFacts, events, execRoot: config.execRoot });
  const termination = new Termination({ store, cgroups, events, log });
  const health = new HealthChecks({ store, execs, termination, events, log });
  const disposal = new Disposal({ store, execs, networks, volumes, events, log });
  const seccompPrograms = new SeccompPrograms(log);
  const launcher = new Launcher(
    { config, store, images, networks, volumes, hostFacts, userMapping, seccomp, seccompPrograms },
    exits,
    cgroups,
    log,
  );
  const runs = new Runs({ store, launcher, exits, health, execs, logs, disposal, cgroups, events, log });
  const pauser = new Pauser({ store, cgroups, health, events, log });
  const lifecycle = new Lifecycle({ runs, termination, pauser, health, cgroups });
  const removal = new Removal(store, lifecycle, disposal);
  const restorer = new Restorer({
    config,
    store,
    networks,
    volumes,
    cgroups,
    exits,
    health,
    logs,
    runs,
    lifecycle,
    disposal,
    removal,
    log,
    runtimes,
  });
  const stats = new StatsSampler((container) => cgroups.sampleOf(container));
  const sizeOf = async (container: Container): Promise<number> => (await sizesOf(container, images)).rw;
  const pruner = new ContainerPruner({ store, events, removal, sizeOf });
  return { runtimes, store, exits, logs, execs, health, disposal, runs, lifecycle, removal, restorer, stats, pruner };
}
