// The return of the daemon: containers that ran on are taken up, those that ended meanwhile are told of, those whose
// policy says so are started, and what a daemon before was in the middle of is finished or cleared away.
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { spreadSubdirectories } from "../../../linux/inode-flags.ts";
import { sweepCgroups } from "../../../runtime/cgroups/removal.ts";
import { attachSocketPath, isMonitorOf } from "../../../runtime/conmon.ts";
import type { OciRuntime } from "../../../runtime/oci-runtime.ts";
import { unmountRootFilesystem } from "../../../storage/rootfs.ts";
import { DEFAULT_CGROUP_PARENT } from "../cgroup-control.ts";
import { type Container, containerPaths } from "../container.ts";
import { clearAway } from "./launch.ts";
import type { Removal } from "./removal.ts";
import { startsWithDaemon } from "./restart-policy.ts";
import type { Runs, RunsHost } from "./runs.ts";

const LONGEST_END_MILLISECONDS = 10_000;
const END_CHECK_MILLISECONDS = 10;

export interface RestoringHost extends RunsHost {
  runs: Runs;
  removal: Removal;
  /** The runtime of containers that name none. */
  defaultRuntime: OciRuntime;
}

/** Takes up the containers that the daemon before left, running or not. */
export async function restoreContainers(host: RestoringHost): Promise<void> {
  await sweep(host);
  const containers = host.store.all();
  const running = containers.filter(runsOn).map(({ id }) => id);
  host.volumes.restore(new Set(containers.map(({ id }) => id)), new Set(running));
  await host.networks.restore(running);
  await Promise.all(containers.map((container) => restore(container, host)));
  // A build ends with its daemon.
  const steps = containers.filter(({ spec, isRemoved }) => spec.isBuildStep && !isRemoved);
  await Promise.all(steps.map((step) => host.removal.remove(step, step.id, { force: true, volumes: true })));
}

/** Whether it ran when the daemon before was last seen, and still does: its monitor's number may be another's by now. */
function runsOn({ id, paths, state: { life } }: Container): boolean {
  return (
    (life.status === "running" || life.status === "paused") &&
    existsSync(paths.bundle) &&
    isMonitorOf(life.monitorPid, id)
  );
}

async function restore(container: Container, host: RestoringHost): Promise<void> {
  const { state, spec } = container;
  const { life } = state;
  if (life.status === "running" || life.status === "paused") {
    if (runsOn(container)) await takeUp(container, life, host);
    else await learnOfEnd(container, life.monitorPid, host);
    return;
  }
  // A daemon that was killed in the middle of a start left a process that nobody was told of.
  if (existsSync(container.paths.bundle)) await clearAway(container, host);
  // Or in the middle of a copy out of or into a container that does not run.
  else await unmountRootFilesystem(container.paths.rootfs);
  if (life.status === "removing") {
    await host.removal.removeStopped(container, life.volumes);
    return;
  }
  if (spec.hostConfig.AutoRemove && life.status !== "created") {
    await host.autoRemove(container);
    return;
  }
  const ran = life.status === "exited" || life.status === "restarting";
  if (life.status === "restarting") state.life = { status: "exited" };
  if (ran && startsWithDaemon(spec.hostConfig.RestartPolicy ?? {}, state.stoppedByClient, state.exitCode)) {
    host.runs.beginAgain(container, 0);
  }
}

async function takeUp(
  container: Container,
  { pid, monitorPid }: { pid: number; monitorPid: number },
  host: RestoringHost,
): Promise<void> {
  host.log.info("took up a running container", { container: container.id, pid });
  await container.stdio.open(attachSocketPath(container.paths.bundle));
  if (container.state.life.status === "running") host.health.resume(container);
  host.forwarders.begin(container);
  host.runs.watch(container, monitorPid);
}

async function learnOfEnd(container: Container, monitorPid: number, host: RestoringHost): Promise<void> {
  host.log.info("a container ended while no daemon ran", { container: container.id });
  if (!existsSync(container.paths.bundle)) await endRemains(container, monitorPid, host);
  const exit = host.exits.pastExitOf(container.id);
  await container.changes.run(() => host.runs.end(container, exit, true));
}

/**
 * The exec root is new, as after a reboot. If there was none, and somebody only took the old one away, the runtime knows
 * nothing any more of a container that still runs: it is ended without it, or its next run would meet it.
 */
async function endRemains(container: Container, monitorPid: number, { cgroups, log }: RestoringHost): Promise<void> {
  const { id } = container;
  const isThere = (): boolean => isMonitorOf(monitorPid, id) || cgroups.processesOf(container).length > 0;
  const deadline = Date.now() + LONGEST_END_MILLISECONDS;
  while (isThere()) {
    if (Date.now() > deadline) return log.warn("a container the runtime has lost does not end", { container: id });
    cgroups.kill(container);
    await Bun.sleep(END_CHECK_MILLISECONDS);
  }
}

/** What a daemon before was removing, or never finished making: its files, and the runtime's record of it. */
async function sweep({ config, store, defaultRuntime }: RestoringHost): Promise<void> {
  const root = join(config.dataRoot, "containers");
  const bundles = join(config.execRoot, "containers");
  mkdirSync(root, { recursive: true, mode: 0o710 });
  mkdirSync(bundles, { recursive: true, mode: 0o711 });
  // As for layers: what containers write is not to wait for the places of what was removed.
  spreadSubdirectories(root);
  const unknown = (directory: string) => readdirSync(directory).filter((id) => !store.byExactId(id));
  for (const id of unknown(bundles)) {
    await defaultRuntime.delete(id).catch(() => {});
    rmSync(join(bundles, id), { recursive: true, force: true });
  }
  for (const id of unknown(root)) {
    await unmountRootFilesystem(containerPaths(config.dataRoot, config.execRoot, id).rootfs);
    rmSync(join(root, id), { recursive: true, force: true });
  }
  sweepCgroups(config.cgroupParent || DEFAULT_CGROUP_PARENT);
}
