// Creates a container's process and cleans up after it. What can run concurrently does: while the OCI runtime creates the
// container, its network is wired.
import { readlinkSync, rmSync } from "node:fs";
import type { Log } from "../../../api/log.ts";
import { timestampNow } from "../../../api/time.ts";
import type { ProcessIdentity } from "../../../linux/process.ts";
import { attachSocketPath, type MonitorOptions } from "../../../runtime/conmon.ts";
import { type ContainerMonitor, startContainerMonitor } from "../../../runtime/container-monitor.ts";
import { unmountRootFilesystem } from "../../../storage/rootfs.ts";
import type { CgroupControl } from "../cgroup-control.ts";
import type { Container } from "../container.ts";
import { logDriver } from "../logs/drivers.ts";
import { commandOf } from "../record.ts";
import { type BundleParts, makeBundle, makeConfig, mountBundle } from "./bundle.ts";
import type { ExitWatcher } from "./exit-watcher.ts";
import { startError } from "./start-error.ts";

export interface Launched {
  process: ProcessIdentity;
  monitor: ProcessIdentity;
  /** RFC 3339. */
  startedAt: string;
  /** Resolves when the process executes its own program instead of the OCI runtime's, or soon after. */
  executed(): Promise<void>;
}

/** How long a started process may take to execute its program before the start is reported anyway. */
const EXEC_DEADLINE_MILLISECONDS = 2_000;

export class Launcher {
  private readonly bundleParts: BundleParts;
  private readonly exits: ExitWatcher;
  private readonly cgroups: CgroupControl;
  private readonly log: Log;

  constructor(bundleParts: BundleParts, exits: ExitWatcher, cgroups: CgroupControl, log: Log) {
    this.bundleParts = bundleParts;
    this.exits = exits;
    this.cgroups = cgroups;
    this.log = log;
  }

  /**
   * Starts the container's process. Clients that attached to its stdio before see all of its output.
   * @throws StartError; nothing is left behind then.
   */
  async launch(container: Container): Promise<Launched> {
    const { paths, spec, trace } = container;
    const { config } = spec;
    let monitor: ContainerMonitor | undefined;
    try {
      this.exits.clear(container.id);
      makeBundle(container);
      monitor = startContainerMonitor(monitorOptions(container, this.exits.directory));
      trace.end("spawn");
      mountBundle(container, this.bundleParts);
      trace.end("mount");
      const sandbox = this.bundleParts.networks.open(container.id, {
        name: spec.name,
        hostname: config.hostname,
        domainname: config.domainname,
      });
      // A failed wiring is reported where it is awaited; without this it would count as unhandled until then.
      sandbox.ready.catch(() => {});
      trace.end("network");
      const ociConfig = await makeConfig(container, sandbox, this.bundleParts);
      trace.end("spec");
      const spawned = monitor.create(ociConfig);
      monitor = undefined;
      const { process, monitor: identity, reports } = await container.calls.track("create", () => spawned);
      reports.close();
      trace.end("create");
      await container.stdio.open(attachSocketPath(paths.bundle));
      trace.end("attach");
      await sandbox.ready;
      trace.end("wire");
      const runtimeProgram = programOf(process);
      const startedAt = timestampNow();
      await container.calls.track("start", (signal) => container.runtime.start(container.id, signal));
      trace.end("start");
      return { process, monitor: identity, startedAt, executed: () => leavesProgram(process, runtimeProgram) };
    } catch (thrown) {
      await monitor?.abandon();
      await this.cleanup(container);
      throw startError(thrown, commandOf(config).path, CREATE_PREFIX);
    }
  }

  /** Frees everything a run of the container held. Safe to call for one that was half started, or twice. */
  async cleanup(container: Container): Promise<void> {
    const { paths } = container;
    this.bundleParts.networks.close(container.id);
    this.bundleParts.volumes.deactivate(container.id);
    const unmounted = unmountRootFilesystem(paths.rootfs);
    unmounted.catch((thrown: unknown) => {
      this.log.warn("failed to unmount rootfs", { container: container.id, reason: String(thrown) });
    });
    // The following blocks this process for milliseconds: clients waiting for the exit are notified first.
    await new Promise<void>((resolve) => setImmediate(resolve));
    await container.calls
      .track("delete", async (signal) => container.runtime.delete(container.id, signal))
      .catch((thrown: unknown) => {
        this.log.debug("failed to delete container in the runtime", {
          container: container.id,
          reason: String(thrown),
        });
      });
    // A runtime that failed, or is no longer configured, may have left processes, frozen or not.
    if (this.cgroups.processesOf(container).length > 0) this.cgroups.kill(container);
    this.exits.clear(container.id);
    rmSync(paths.bundle, { recursive: true, force: true });
  }
}

/** What the monitor of a container is told. */
export function monitorOptions(
  { id, runtime, paths, spec, stdinEndsWithClient }: Container,
  exitDirectory: string,
): MonitorOptions {
  const { config, hostConfig } = spec;
  const driver = logDriver(hostConfig.log.driver);
  return {
    containerId: id,
    id,
    runtime,
    bundle: paths.bundle,
    exitDirectory,
    name: spec.name,
    logPath: driver.storage === "none" ? undefined : paths.log,
    journald: driver.monitorJournal === true,
    terminal: config.tty,
    stdin: config.openStdin,
    leaveStdinOpen: !stdinEndsWithClient,
  };
}

/** The prefix by which Docker's clients recognize a failed start. */
const CREATE_PREFIX =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: unable to start container process: ";

/** What a process executes, as the kernel names it; undefined when it has ended. */
function programOf({ pid }: ProcessIdentity): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/**
 * Waits until a started process has replaced the OCI runtime's program with the container's own: only then does it see
 * signals and open its ports. That takes less than a millisecond; one that takes longer than the deadline is not waited for.
 */
async function leavesProgram(process: ProcessIdentity, runtimeProgram: string | undefined): Promise<void> {
  if (runtimeProgram === undefined) return;
  const start = performance.now();
  for (let elapsed = 0; programOf(process) === runtimeProgram; elapsed = performance.now() - start) {
    if (elapsed > EXEC_DEADLINE_MILLISECONDS) return;
    // A timer is a millisecond late, which most starts need not wait.
    if (elapsed > 1) await Bun.sleep(1);
    else await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
