// What a new daemon does with the containers that it finds. Each record is first brought into agreement with the kernel;
// then, in the background and container by container, runs are reattached, missed exits are recorded, and what an earlier
// daemon was in the middle of is completed or cleaned up.
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import { spreadSubdirectories } from "../../../linux/inode-flags.ts";
import { sweepCgroups } from "../../../runtime/cgroups/removal.ts";
import { attachSocketPath, isMonitorOf } from "../../../runtime/conmon.ts";
import { killBundleUsers, killRuntimeCalls } from "../../../runtime/leftover-processes.ts";
import type { Runtimes } from "../../../runtime/runtimes.ts";
import { unmountRootFilesystem } from "../../../storage/rootfs.ts";
import type { EngineConfig } from "../../config.ts";
import { type CgroupControl, DEFAULT_CGROUP_PARENT } from "../cgroup-control.ts";
import { type Container, containerPaths } from "../container.ts";
import type { ContainerNetworks, ContainerVolumes } from "../dependencies.ts";
import type { HealthChecks } from "../health/health-checks.ts";
import type { Logs } from "../logs/logs.ts";
import type { ContainerStore } from "../store.ts";
import type { Disposal } from "./disposal.ts";
import type { ExitWatcher } from "./exit-watcher.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { type Recovery, recoveryOf } from "./recovery.ts";
import type { Removal } from "./removal.ts";
import type { Runs } from "./runs.ts";
import { isActive, reconcile } from "./transitions.ts";

const KILL_DEADLINE_MILLISECONDS = 10_000;
const KILL_INTERVAL_MILLISECONDS = 10;
/** How many containers are restored at a time: enough to use the machine, few enough that requests are answered meanwhile. */
const CONCURRENT_RESTORES = 4;

export interface RestorerParts {
  config: EngineConfig;
  store: ContainerStore<Container>;
  networks: ContainerNetworks;
  volumes: ContainerVolumes;
  cgroups: CgroupControl;
  exits: ExitWatcher;
  health: HealthChecks;
  logs: Logs;
  runs: Runs;
  lifecycle: Lifecycle;
  disposal: Disposal;
  removal: Removal;
  runtimes: Runtimes;
  log: Log;
}

export class Restorer {
  private readonly parts: RestorerParts;
  private readonly waiting = new Set<Container>();
  private readonly underWay = new Map<Container, Promise<void>>();

  constructor(parts: RestorerParts) {
    this.parts = parts;
  }

  /** Brings records and kernel into agreement. {@link complete} does the rest. */
  async begin(): Promise<void> {
    const { config, store, volumes, networks } = this.parts;
    const containers = store.all();
    const processes = containers.flatMap(({ state: { life } }) => (isActive(life) ? [life.process.pid] : []));
    await killRuntimeCalls(config.execRoot, new Set(processes));
    await this.sweep();
    for (const container of containers) this.waiting.add(container);
    const live = new Set(containers.filter(isLive));
    for (const container of live) this.reconcile(container);
    const liveIds = [...live].map(({ id }) => id);
    volumes.restore(new Set(containers.map(({ id }) => id)), new Set(liveIds));
    await networks.restore(liveIds);
  }

  /** Restores all containers, one by one and while requests are answered. */
  async complete(): Promise<void> {
    // What has ended is recorded first: lists still show it as running.
    const containers = [...this.waiting].sort((a, b) => Number(hasEnded(b)) - Number(hasEnded(a))).values();
    const work = async (): Promise<void> => {
      for (const container of containers) {
        await this.restored(container);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_RESTORES }, work));
    sweepCgroups(this.parts.config.cgroupParent || DEFAULT_CGROUP_PARENT);
  }

  /** Resolves when the container is restored; one that still waits for its turn has it now. */
  async restored(container: Container): Promise<void> {
    if (this.waiting.delete(container)) {
      const restore = this.restoreOne(container).finally(() => this.underWay.delete(container));
      this.underWay.set(container, restore);
    }
    await this.underWay.get(container);
  }

  /** Stops restoring; the next daemon does the rest. */
  stop(): void {
    this.waiting.clear();
  }

  /** One container that cannot be restored does not affect the others. */
  private async restoreOne(container: Container): Promise<void> {
    const { log } = this.parts;
    try {
      await container.changes.run(() => this.restore(container));
      // A build ends with its daemon.
      if (container.spec.isBuildStep && !container.isRemoved) this.removeBuildStep(container);
    } catch (thrown) {
      log.error("failed to restore container", { container: container.id, reason: messageOf(thrown) });
    }
  }

  private removeBuildStep(container: Container): void {
    const { removal, log } = this.parts;
    removal.remove(container, container.id, { force: true, volumes: true }).catch((thrown: unknown) => {
      log.warn("failed to remove the container of a build step", {
        container: container.id,
        reason: messageOf(thrown),
      });
    });
  }

  /** Corrects the record of a live run, or the kernel's freezer. */
  private reconcile(container: Container): void {
    const { store, cgroups, log } = this.parts;
    const { life } = container.state;
    if (!isActive(life)) return;
    try {
      const { life: agreed, thaw } = reconcile(life, cgroups.isFrozen(container));
      if (thaw) cgroups.thaw(container);
      if (agreed.status !== life.status || thaw) {
        log.warn("corrected container state", {
          container: container.id,
          recorded: life.status,
          now: agreed.status,
          thaw,
        });
      }
      if (!Bun.deepEquals(agreed, life)) store.saveState(container, { life: agreed });
    } catch (thrown) {
      log.error("failed to reconcile container state", { container: container.id, reason: messageOf(thrown) });
    }
  }

  private async restore(container: Container): Promise<void> {
    const { runs, disposal, logs } = this.parts;
    const recovery = recoveryOf(container.spec, container.state, isLive(container));
    if (recovery.type === "reattach") return this.reattach(container, recovery);
    if (recovery.type === "recordExit") return this.recordMissedExit(container, recovery);
    await this.removeRemains(container);
    if (recovery.type === "remove") return disposal.remove(container, recovery.volumes);
    await logs.recover(container);
    if (recovery.type === "restart") runs.beginAgain(container, 0);
  }

  private async reattach(container: Container, { run, stop }: Extract<Recovery, { type: "reattach" }>): Promise<void> {
    const { process, monitor, status } = run;
    const { log, networks, health, logs, runs, lifecycle } = this.parts;
    runs.watch(container, monitor);
    log.info("reattached to running container", { container: container.id, pid: process.pid });
    await container.stdio.open(attachSocketPath(container.paths.bundle));
    if (status === "running") health.resume(container);
    logs.begin(container);
    await networks.reattach(container.id).catch((thrown: unknown) => {
      log.error("failed to restore container network", { container: container.id, reason: messageOf(thrown) });
    });
    if (stop === undefined) return;
    // It waits for the exit, which needs the changes that are held here.
    lifecycle.resumeEnding(container).catch((thrown: unknown) => {
      log.error("failed to complete the stop of a container", { container: container.id, reason: messageOf(thrown) });
    });
  }

  private async recordMissedExit(
    container: Container,
    { next }: Extract<Recovery, { type: "recordExit" }>,
  ): Promise<void> {
    const { log, exits, runs, disposal } = this.parts;
    log.info("container exited while the daemon was down", { container: container.id });
    if (!existsSync(container.paths.bundle)) await this.killOrphans(container);
    await runs.end(container, exits.pastExitOf(container.id));
    if (next?.type === "remove") await disposal.remove(container, next.volumes);
    if (next?.type === "restart") runs.beginAgain(container, 0);
  }

  /** Removes leftovers of a start or a copy that was interrupted by the earlier daemon's death. */
  private async removeRemains(container: Container): Promise<void> {
    const { cgroups, runs } = this.parts;
    const hasBundle = existsSync(container.paths.bundle);
    if (hasBundle) await killBundleUsers(container.paths.bundle);
    if (hasBundle || cgroups.processesOf(container).length > 0) await runs.cleanup(container);
    else await unmountRootFilesystem(container.paths.rootfs);
    await this.killOrphans(container);
  }

  /**
   * Kills processes that the runtime no longer knows. After a reboot there are none; after the exec root was deleted under
   * running containers, they would interfere with the next run.
   */
  private async killOrphans(container: Container): Promise<void> {
    const { cgroups, log } = this.parts;
    const { life } = container.state;
    const isThere = (): boolean =>
      (isActive(life) && isMonitorOf(life.monitor, container.id)) || cgroups.processesOf(container).length > 0;
    const deadline = Date.now() + KILL_DEADLINE_MILLISECONDS;
    while (isThere()) {
      if (Date.now() > deadline) return log.warn("orphaned container does not exit", { container: container.id });
      cgroups.kill(container);
      await Bun.sleep(KILL_INTERVAL_MILLISECONDS);
    }
  }

  /** Removes what an earlier daemon was removing, or did not finish creating: files, and the runtime's state. */
  private async sweep(): Promise<void> {
    const { config, store, runtimes, disposal, log } = this.parts;
    const root = join(config.dataRoot, "containers");
    const bundles = join(config.execRoot, "containers");
    mkdirSync(root, { recursive: true, mode: 0o710 });
    mkdirSync(bundles, { recursive: true, mode: 0o711 });
    // As for layers: new containers must not be placed where removed ones were, next to other directories.
    spreadSubdirectories(root);
    const unknown = (directory: string) => readdirSync(directory).filter((id) => !store.hasRecord(id));
    for (const id of unknown(bundles)) {
      await killBundleUsers(join(bundles, id));
      await runtimes.deleteUnknown(id, config.runtimes);
      try {
        rmSync(join(bundles, id), { recursive: true, force: true });
      } catch (thrown) {
        log.warn("failed to remove the bundle of a removed container", { container: id, reason: messageOf(thrown) });
      }
    }
    for (const id of unknown(root)) {
      const paths = containerPaths(config.dataRoot, config.execRoot, id);
      void unmountRootFilesystem(paths.rootfs).catch(() => {});
      void disposal.removeFiles(id, paths);
    }
  }
}

/** Whether its recorded run continues: its monitor is alive, and still the same process. */
function isLive({ id, paths, state: { life } }: Container): boolean {
  return isActive(life) && existsSync(paths.bundle) && isMonitorOf(life.monitor, id);
}

const hasEnded = (container: Container): boolean => isActive(container.state.life) && !isLive(container);
