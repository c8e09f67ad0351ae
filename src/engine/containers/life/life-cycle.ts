// What moves a container from one state to the next: start, stop, kill, pause, the end of its process, and the
// return of the daemon. Each change of one container waits for the one before; containers never wait for each other.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BerthError, messageOf } from "../../../api/errors.ts";
import { formatTimestamp, nowNanoseconds, parseTimestamp } from "../../../api/time.ts";
import { SIGKILL, signalNumber } from "../../../linux/signals.ts";
import type { Container } from "../container.ts";
import type { ContainerStore } from "../store.ts";
import type { ObservedExit } from "./exit-watcher.ts";
import { isAlive } from "./exit-watcher.ts";
import { clearAway, type LaunchHost, launch } from "./launch.ts";
import { restartDelay, startsWithDaemon } from "./restart-policy.ts";
import { StartError } from "./start-error.ts";

const DEFAULT_STOP_SIGNAL = "SIGTERM";
const DEFAULT_STOP_TIMEOUT_SECONDS = 10;
/** How long a killed process may take to be gone before a client is told that it is not. */
const KILL_DEADLINE_MILLISECONDS = 10_000;

/** What the life cycle needs from the rest of the containers service. */
export interface LifeCycleHost extends LaunchHost {
  store: ContainerStore<Container>;
  /** Removes a container whose run has ended and which asked for that. */
  autoRemove(container: Container): Promise<void>;
  startHealthChecks(container: Container): void;
}

export class LifeCycle {
  private readonly host: LifeCycleHost;

  constructor(host: LifeCycleHost) {
    this.host = host;
  }

  /** @throws BerthError notModified when it runs already, conflict when it cannot be started now. */
  start(container: Container): Promise<void> {
    return container.changes.run(async () => {
      const { status } = container.state.life;
      if (status === "running") throw new BerthError("notModified", `container ${container.id} is already running`);
      if (status === "paused") throw new BerthError("conflict", "cannot start a paused container, try unpause instead");
      if (status === "removing" || status === "dead") {
        throw new BerthError("conflict", "container is marked for removal and cannot be started");
      }
      container.state.stoppedByClient = false;
      container.isBeingStopped = false;
      clearTimeout(container.restartTimer);
      container.state.restartCount = 0;
      await this.startNow(container);
    });
  }

  /** Sends the stop signal, waits, then kills. @param timeoutSeconds below 0 waits for ever. */
  async stop(container: Container, timeoutSeconds?: number, signal?: string): Promise<void> {
    if (await this.cancelRestart(container)) return;
    if (!container.isRunning) throw new BerthError("notModified", `container ${container.id} is already stopped`);
    await this.endRun(container, timeoutSeconds, signal);
    this.publish(container, "stop");
  }

  async restart(container: Container, timeoutSeconds?: number, signal?: string): Promise<void> {
    if (container.isRunning) {
      await this.endRun(container, timeoutSeconds, signal);
      this.publish(container, "stop");
    }
    await this.start(container);
    this.publish(container, "restart");
  }

  async kill(container: Container, signal: string): Promise<void> {
    const number = signalNumber(signal || "SIGKILL");
    if (await this.cancelRestart(container)) return;
    if (!container.isRunning) {
      throw new BerthError(
        "conflict",
        `cannot kill container: ${container.id}: container ${container.id} is not running`,
      );
    }
    const stopSignal = signalNumber(container.spec.config.StopSignal || DEFAULT_STOP_SIGNAL);
    const exit = container.nextExit();
    container.state.stoppedByClient = true;
    container.isBeingStopped = true;
    this.host.store.saveState(container);
    await this.send(container, number, number === SIGKILL || number === stopSignal);
    if (number === SIGKILL) await within(exit, KILL_DEADLINE_MILLISECONDS);
  }

  pause(container: Container): Promise<void> {
    return container.changes.run(async () => {
      const { life } = container.state;
      if (life.status === "paused") throw new BerthError("conflict", `container ${container.id} is already paused`);
      if (life.status !== "running") throw new BerthError("conflict", `container ${container.id} is not running`);
      await container.runtime.pause(container.id).catch((thrown: unknown) => {
        if (isAlive(life.pid)) throw thrown;
        throw new BerthError("conflict", `container ${container.id} is not running`, thrown);
      });
      container.state.life = { ...life, status: "paused" };
      this.host.store.saveState(container);
      this.publish(container, "pause");
    });
  }

  unpause(container: Container): Promise<void> {
    return container.changes.run(async () => {
      const { life } = container.state;
      if (life.status !== "paused") throw new BerthError("conflict", `Container ${container.id} is not paused`);
      await container.runtime.resume(container.id);
      container.state.life = { ...life, status: "running" };
      this.host.store.saveState(container);
      this.publish(container, "unpause");
    });
  }

  /** Ends a run for good, whatever it takes; used by removal by force. */
  async killForRemoval(container: Container): Promise<void> {
    await this.cancelRestart(container);
    if (!container.isRunning) return;
    const exit = container.nextExit();
    container.isBeingStopped = true;
    await this.send(container, SIGKILL, true).catch((thrown: unknown) => {
      if (container.isRunning) throw thrown;
    });
    if (container.isRunning && (await within(exit, KILL_DEADLINE_MILLISECONDS)) === undefined) {
      throw new BerthError(
        "internal",
        `container ${container.id} did not end after SIGKILL; it may hang in the kernel`,
      );
    }
  }

  /** Takes up the containers that the daemon before left, running or not. */
  async restore(): Promise<void> {
    const containers = this.host.store.all();
    const running = containers.filter(({ isRunning }) => isRunning).map(({ id }) => id);
    this.host.volumes.restore(new Set(containers.map(({ id }) => id)), new Set(running));
    await this.host.networks.restore(running);
    await Promise.all(containers.map((container) => this.restoreOne(container)));
  }

  private async restoreOne(container: Container): Promise<void> {
    const { state, spec } = container;
    const { life } = state;
    if (life.status === "running" || life.status === "paused") {
      await this.takeUp(container, life);
      return;
    }
    // A daemon that was killed in the middle of a start left a process that nobody was told of.
    if (existsSync(container.paths.bundle)) await clearAway(container, this.host);
    if (life.status === "removing" || (spec.hostConfig.AutoRemove && life.status !== "created")) {
      await this.host.autoRemove(container);
      return;
    }
    if (life.status === "restarting") state.life = { status: "exited" };
    const ran = life.status === "exited" || life.status === "restarting";
    if (ran && startsWithDaemon(spec.hostConfig.RestartPolicy ?? {}, state.stoppedByClient, state.exitCode)) {
      void this.startAgain(container);
    }
  }

  private async takeUp(container: Container, { pid, monitorPid }: { pid: number; monitorPid: number }): Promise<void> {
    const { log, exits } = this.host;
    if (existsSync(container.paths.bundle) && isAlive(monitorPid)) {
      log.info("took up a running container", { container: container.id, pid });
      await container.stdio.open(join(container.paths.bundle, "attach"));
      this.host.startHealthChecks(container);
      this.watch(container, monitorPid);
      return;
    }
    log.info("a container ended while no daemon ran", { container: container.id });
    const exit = await exits.exitOf(container.id, monitorPid);
    await container.changes.run(() => this.finish(container, exit, true));
  }

  private async startNow(container: Container): Promise<void> {
    const { state } = container;
    const { store } = this.host;
    try {
      const { pid, monitorPid, startedAt } = await launch(container, this.host);
      state.life = { status: "running", pid, monitorPid };
      state.startedAt = startedAt;
      state.exitCode = 0;
      state.error = "";
      state.oomKilled = false;
      store.saveState(container);
      this.publish(container, "start");
      this.host.startHealthChecks(container);
      this.watch(container, monitorPid);
    } catch (thrown) {
      state.exitCode = thrown instanceof StartError ? thrown.exitCode : 128;
      state.error = messageOf(thrown);
      if (state.life.status === "restarting") state.life = { status: "exited" };
      store.saveState(container);
      container.announceExit();
      if (container.spec.hostConfig.AutoRemove) await this.host.autoRemove(container);
      throw thrown;
    }
  }

  private watch(container: Container, monitorPid: number): void {
    this.host.exits
      .exitOf(container.id, monitorPid)
      .then((exit) => container.changes.run(() => this.finish(container, exit, false)))
      .catch((thrown: unknown) =>
        this.host.log.error("a container's end was not handled", {
          container: container.id,
          reason: messageOf(thrown),
        }),
      );
  }

  /** The process has ended: notes how, frees what it held, and does what the restart policy says. */
  private async finish(container: Container, exit: ObservedExit, whileDaemonWasDown: boolean): Promise<void> {
    const { state, spec, paths } = container;
    container.health?.stop();
    container.health = undefined;
    if (state.health) state.health.status = "unhealthy";
    if (exit.monitorLost) {
      this.host.log.warn("the monitor of a container was killed; its process is ended too", {
        container: container.id,
      });
    }
    state.oomKilled = existsSync(join(paths.bundle, "oom"));
    await container.stdio.close();
    const runMilliseconds = Number(nanosecondsBetween(state.startedAt, exit.finishedAt) / 1_000_000n);
    state.exitCode = exit.code;
    state.finishedAt = exit.finishedAt;
    const delay = restartDelay({
      policy: spec.hostConfig.RestartPolicy ?? {},
      exitCode: exit.code,
      runMilliseconds,
      stoppedByClient: container.isBeingStopped || (whileDaemonWasDown && state.stoppedByClient),
      restartCount: state.restartCount,
      lastDelay: container.lastRestartDelay,
    });
    state.life =
      delay === undefined
        ? { status: "exited" }
        : { status: "restarting", nextAttempt: formatTimestamp(nowNanoseconds() + BigInt(delay) * 1_000_000n) };
    const clearing = clearAway(container, this.host);
    // Without its monitor the process may still be alive: clearing up ends it.
    if (exit.monitorLost) await clearing;
    this.host.store.saveState(container);
    if (state.oomKilled) this.publish(container, "oom");
    const execDuration = String(Math.max(0, Math.floor(runMilliseconds / 1000)));
    this.publish(container, "die", { execDuration, exitCode: String(exit.code) });
    // Whoever waits for the end need not wait for the clearing up; the next change of this container does.
    container.announceExit();
    if (delay === undefined && spec.hostConfig.AutoRemove) await this.host.autoRemove(container);
    await clearing;
    if (delay !== undefined) this.scheduleRestart(container, delay);
  }

  private scheduleRestart(container: Container, delay: number): void {
    container.lastRestartDelay = delay;
    container.restartTimer = setTimeout(() => void this.startAgain(container), delay);
  }

  private startAgain(container: Container): Promise<void> {
    return container.changes
      .run(async () => {
        if (container.isRunning || container.state.life.status === "removing") return;
        container.isBeingStopped = false;
        container.state.restartCount++;
        await this.startNow(container);
      })
      .catch((thrown: unknown) => {
        this.host.log.warn("a container could not be started again", {
          container: container.id,
          reason: messageOf(thrown),
        });
      });
  }

  /** Ends the waiting for the next start of a container that is between two runs. True when there was one. */
  private async cancelRestart(container: Container): Promise<boolean> {
    if (container.state.life.status !== "restarting") return false;
    await container.changes.run(async () => {
      if (container.state.life.status !== "restarting") return;
      clearTimeout(container.restartTimer);
      container.state.life = { status: "exited" };
      container.state.stoppedByClient = true;
      this.host.store.saveState(container);
    });
    return !container.isRunning;
  }

  private async endRun(
    container: Container,
    timeoutSeconds: number | undefined,
    signal: string | undefined,
  ): Promise<void> {
    const { config } = container.spec;
    const number = signalNumber(signal || config.StopSignal || DEFAULT_STOP_SIGNAL);
    const seconds = timeoutSeconds ?? config.StopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS;
    const exit = container.nextExit();
    container.state.stoppedByClient = true;
    container.isBeingStopped = true;
    this.host.store.saveState(container);
    await this.send(container, number, true);
    if (seconds < 0) {
      await exit;
      return;
    }
    if ((await within(exit, seconds * 1000)) !== undefined) return;
    if (container.isRunning) await this.send(container, SIGKILL, true);
    if ((await within(exit, KILL_DEADLINE_MILLISECONDS)) === undefined && container.isRunning) {
      throw new BerthError(
        "internal",
        `container ${container.id} did not end after SIGKILL; it may hang in the kernel`,
      );
    }
  }

  /** @param thaw whether a paused container goes on, so that the signal is seen. */
  private async send(container: Container, signal: number, thaw: boolean): Promise<void> {
    const { life } = container.state;
    if (life.status !== "running" && life.status !== "paused") return;
    if (isAlive(life.pid)) process.kill(life.pid, signal);
    this.publish(container, "kill", { signal: String(signal) });
    if (thaw && life.status === "paused") await this.unpause(container);
  }

  private publish(container: Container, action: string, more: Record<string, string> = {}): void {
    this.host.events.publish("container", action, container.id, container.eventAttributes(more));
  }
}

function nanosecondsBetween(start: string, end: string): bigint {
  return (parseTimestamp(end) ?? 0n) - (parseTimestamp(start) ?? 0n);
}

/** What the promise resolves with, or undefined when that takes longer. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: Timer | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
