// The runs of a container: each begins with a start, is watched while it lasts, and ends in whatever the restart
// policy says. Callers hold the container's changes.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../api/errors.ts";
import { formatTimestamp, nowNanoseconds, parseTimestamp } from "../../../api/time.ts";
import type { Container } from "../container.ts";
import type { HealthChecks } from "../health/health-checks.ts";
import type { LogForwarders } from "../logs/forwarders.ts";
import type { ContainerStore } from "../store.ts";
import { isHeldOpen, outputsOf } from "../streams/held-output.ts";
import type { ObservedExit } from "./exit-watcher.ts";
import { clearAway, type LaunchHost, launch } from "./launch.ts";
import { restartDelay } from "./restart-policy.ts";
import { StartError } from "./start-error.ts";

const FAILED_START_CODE = 128;

/** What runs need from the rest of the containers service. */
export interface RunsHost extends LaunchHost {
  store: ContainerStore<Container>;
  health: HealthChecks;
  forwarders: LogForwarders;
  /** Removes a container whose run has ended and which asked for that. */
  autoRemove(container: Container): Promise<void>;
}

export class Runs {
  private readonly host: RunsHost;

  constructor(host: RunsHost) {
    this.host = host;
  }

  /** @throws StartError, after which nothing of the run is left. */
  async begin(container: Container): Promise<void> {
    const { state } = container;
    const { store, health, forwarders } = this.host;
    try {
      await forwarders.connect(container);
      const { pid, monitorPid, startedAt } = await launch(container, this.host);
      state.life = { status: "running", pid, monitorPid };
      state.startedAt = startedAt;
      state.exitCode = 0;
      state.error = "";
      state.oomKilled = false;
      delete state.outputTruncated;
      container.keepsAfterExit = false;
      // In a PID namespace of its own nothing outlives the main process.
      container.outputs = container.spec.hostConfig.PidMode ? outputsOf(pid) : [];
      store.saveState(container);
      this.publish(container, "start");
      health.begin(container);
      forwarders.begin(container);
      this.watch(container, monitorPid);
    } catch (thrown) {
      state.exitCode = thrown instanceof StartError ? thrown.exitCode : FAILED_START_CODE;
      state.error = messageOf(thrown);
      if (state.life.status === "restarting") state.life = { status: "exited" };
      this.save(container);
      container.announceExit();
      if (container.spec.hostConfig.AutoRemove) await this.host.autoRemove(container);
      throw thrown;
    }
  }

  /** Waits for the end of a run that has begun, in this daemon or an earlier one. */
  watch(container: Container, monitorPid: number): void {
    this.host.exits
      .exitOf(container.id, monitorPid)
      .then((exit) => container.changes.run(() => this.end(container, exit, false)))
      .catch((thrown: unknown) =>
        this.host.log.error("a container's end was not handled", {
          container: container.id,
          reason: messageOf(thrown),
        }),
      );
  }

  /** The process has ended: notes how, frees what it held, and does what the restart policy says. */
  async end(container: Container, exit: ObservedExit, whileDaemonWasDown: boolean): Promise<void> {
    const { state, spec } = container;
    this.host.health.end(container);
    await this.noteCircumstances(container, exit);
    const runMilliseconds = Number(nanosecondsBetween(state.startedAt, exit.finishedAt) / 1_000_000n);
    state.exitCode = exit.code;
    state.finishedAt = exit.finishedAt;
    const delay = restartDelay({
      policy: spec.hostConfig.RestartPolicy ?? {},
      exitCode: exit.code,
      runMilliseconds,
      stoppedByClient: container.isBeingStopped || (whileDaemonWasDown && state.stoppedByClient),
      unhealthy: container.wasUnhealthy,
      restartCount: state.restartCount,
      lastDelay: container.lastRestartDelay,
    });
    if (delay !== undefined) state.restartCount++;
    state.life =
      delay === undefined
        ? { status: "exited" }
        : { status: "restarting", nextAttempt: formatTimestamp(nowNanoseconds() + milliseconds(delay)) };
    if (state.oomKilled) this.publish(container, "oom");
    const clearing = clearAway(container, this.host);
    // Without its monitor the process may still be alive: clearing up ends it.
    if (exit.monitorLost) await clearing;
    this.save(container);
    const execDuration = String(Math.max(0, Math.floor(runMilliseconds / 1000)));
    this.publish(container, "die", { execDuration, exitCode: String(exit.code) });
    // Whoever waits for the end need not wait for the clearing up; the next change of this container does.
    container.announceExit();
    if (delay === undefined && spec.hostConfig.AutoRemove && !container.keepsAfterExit) {
      await this.host.autoRemove(container);
    }
    await clearing;
    if (delay !== undefined) this.beginAgain(container, delay);
  }

  /** Starts it when the delay is over, unless something else has happened to it by then. */
  beginAgain(container: Container, delayMilliseconds: number): void {
    container.lastRestartDelay = delayMilliseconds;
    container.restartTimer = setTimeout(() => {
      const restarting = container.changes.run(async () => {
        const { status } = container.state.life;
        if (status !== "restarting" && status !== "exited") return;
        container.isBeingStopped = false;
        container.wasUnhealthy = false;
        await this.begin(container);
      });
      restarting.catch((thrown: unknown) => {
        this.host.log.warn("a container could not be started again", {
          container: container.id,
          reason: messageOf(thrown),
        });
      });
    }, delayMilliseconds);
  }

  publish(container: Container, action: string, more: Record<string, string> = {}): void {
    this.host.events.publish("container", action, container.id, container.eventAttributes(more));
  }

  /** Whoever waits for an end is told of it also where the disk does not take it. */
  private save(container: Container): void {
    try {
      this.host.store.saveState(container);
    } catch (thrown) {
      const reason = messageOf(thrown);
      this.host.log.error("a container's state was not written", { container: container.id, reason });
    }
  }

  /** What can be told of a run only before it is cleared away. */
  private async noteCircumstances(container: Container, exit: ObservedExit): Promise<void> {
    const { state, paths } = container;
    const { log } = this.host;
    if (exit.monitorLost) {
      log.warn("the monitor of a container was killed; its process is ended too", { container: container.id });
    }
    state.oomKilled = existsSync(join(paths.bundle, "oom"));
    if (isHeldOpen(container.outputs, this.host.cgroups.processesOf(container))) state.outputTruncated = true;
    await container.stdio.close();
  }
}

const milliseconds = (count: number): bigint => BigInt(Math.round(count)) * 1_000_000n;

function nanosecondsBetween(start: string, end: string): bigint {
  return (parseTimestamp(end) ?? 0n) - (parseTimestamp(start) ?? 0n);
}
