// The verbs by which clients move a container from one state to the next: start, stop, restart, kill, pause. Each
// change of one container waits for the one before; containers never wait for each other.
import { BerthError } from "../../../api/errors.ts";
import { isAlive, sendSignal } from "../../../linux/process.ts";
import { SIGKILL, signalNumber } from "../../../linux/signals.ts";
import { endMonitor } from "../../../runtime/conmon.ts";
import type { Container } from "../container.ts";
import type { Runs, RunsHost } from "./runs.ts";

const DEFAULT_STOP_SIGNAL = "SIGTERM";
const DEFAULT_STOP_TIMEOUT_SECONDS = 10;
/** How long a killed process may take to be gone before a client is told that it is not. */
const KILL_DEADLINE_MILLISECONDS = 10_000;
/** How long a monitor may take to tell of an end that has come. */
const MONITOR_DEADLINE_MILLISECONDS = 2_000;

export class LifeCycle {
  private readonly host: RunsHost;
  private readonly runs: Runs;

  constructor(host: RunsHost, runs: Runs) {
    this.host = host;
    this.runs = runs;
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
      container.wasUnhealthy = false;
      container.lastRestartDelay = 0;
      clearTimeout(container.restartTimer);
      container.state.restartCount = 0;
      await this.runs.begin(container);
    });
  }

  /** Sends the stop signal, waits, then kills. @param timeoutSeconds below 0 waits for ever. */
  async stop(container: Container, timeoutSeconds?: number, signal?: string): Promise<void> {
    if (await this.cancelRestart(container)) return;
    if (!container.isRunning) throw new BerthError("notModified", `container ${container.id} is already stopped`);
    this.noteClientStop(container);
    await this.endRun(container, timeoutSeconds, signal);
    this.runs.publish(container, "stop");
  }

  async restart(container: Container, timeoutSeconds?: number, signal?: string): Promise<void> {
    if (container.isRunning) {
      this.noteClientStop(container);
      container.keepsAfterExit = true;
      await this.endRun(container, timeoutSeconds, signal);
      this.runs.publish(container, "stop");
    }
    await this.start(container);
    this.runs.publish(container, "restart");
  }

  /** Ends a run in which the container turned unhealthy; its restart policy starts the next one. */
  async restartUnhealthy(container: Container): Promise<void> {
    if (container.state.life.status !== "running") return;
    this.host.log.info("an unhealthy container is restarted", { container: container.id });
    container.wasUnhealthy = true;
    await this.endRun(container, undefined, undefined);
  }

  /** @throws BerthError invalidParameter for a signal that there is not, conflict when it does not run. */
  async kill(container: Container, signal: string): Promise<void> {
    const number = signalNumber(signal || "SIGKILL");
    if (await this.cancelRestart(container)) return;
    if (!container.isRunning) throw new BerthError("conflict", `container ${container.id} is not running`);
    const stopSignal = signalNumber(container.spec.config.StopSignal || DEFAULT_STOP_SIGNAL);
    this.noteClientStop(container);
    if (number === SIGKILL) await this.killRun(container);
    else await this.send(container, number, number === stopSignal);
  }

  pause(container: Container): Promise<void> {
    return container.changes.run(async () => {
      const { life } = container.state;
      if (life.status === "paused") throw new BerthError("conflict", `container ${container.id} is already paused`);
      if (life.status !== "running") throw new BerthError("conflict", `container ${container.id} is not running`);
      await container.calls
        .track("pause", (signal) => container.runtime.pause(container.id, signal))
        .catch((thrown: unknown) => failUnlessEnded(container, life.pid, thrown));
      container.state.life = { ...life, status: "paused" };
      this.host.health.end(container);
      this.host.store.saveState(container);
      this.runs.publish(container, "pause");
    });
  }

  unpause(container: Container): Promise<void> {
    return container.changes.run(async () => {
      const { life } = container.state;
      if (life.status !== "paused") throw new BerthError("conflict", `Container ${container.id} is not paused`);
      await container.calls
        .track("resume", (signal) => container.runtime.resume(container.id, signal))
        .catch((thrown: unknown) => failUnlessEnded(container, life.pid, thrown));
      container.state.life = { ...life, status: "running" };
      this.host.store.saveState(container);
      this.host.health.resume(container);
      this.runs.publish(container, "unpause");
    });
  }

  /** Ends a run for good, whatever it takes; used by removal by force. */
  async killForRemoval(container: Container): Promise<void> {
    await this.cancelRestart(container);
    if (container.calls.hanging) this.giveUp(container);
    if (!container.isRunning) return;
    container.isBeingStopped = true;
    await this.killRun(container).catch((thrown: unknown) => {
      if (container.isRunning) throw thrown;
    });
  }

  /** Whatever the runtime does not return from fails now; a monitor that waits for it, before there is a process, goes. */
  private giveUp(container: Container): void {
    container.calls.giveUp();
    if (!container.isRunning) endMonitor(container.paths.bundle);
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

  private noteClientStop(container: Container): void {
    container.state.stoppedByClient = true;
    container.isBeingStopped = true;
    this.host.store.saveState(container);
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
    await this.send(container, number, true);
    if (seconds < 0) await exit;
    else if ((await within(exit, seconds * 1000)) === undefined && container.isRunning) await this.killRun(container);
  }

  /** Sends SIGKILL and sees to it that the end is noticed, even where the monitor does nothing. */
  private async killRun(container: Container): Promise<void> {
    const { life } = container.state;
    if (life.status !== "running" && life.status !== "paused") return;
    const exit = container.nextExit();
    await this.send(container, SIGKILL, true);
    if ((await within(exit, MONITOR_DEADLINE_MILLISECONDS)) !== undefined || !container.isRunning) return;
    if (!isAlive(life.pid)) {
      this.host.log.warn("a monitor did not tell of its process's end and is ended", { container: container.id });
      endMonitor(container.paths.bundle);
    }
    if ((await within(exit, KILL_DEADLINE_MILLISECONDS)) !== undefined || !container.isRunning) return;
    throw new BerthError("internal", `container ${container.id} did not end after SIGKILL; it may hang in the kernel`);
  }

  /** @param thaw whether a paused container goes on, so that the signal is seen. */
  private async send(container: Container, signal: number, thaw: boolean): Promise<void> {
    const { life } = container.state;
    if (life.status !== "running" && life.status !== "paused") return;
    sendSignal(life.pid, signal);
    this.runs.publish(container, "kill", { signal: String(signal) });
    if (thaw && life.status === "paused") await this.unpause(container);
  }
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

/** What the runtime cannot do with a process that has just ended is no failure of the engine. */
function failUnlessEnded(container: Container, pid: number, thrown: unknown): never {
  if (isAlive(pid)) throw thrown;
  throw new BerthError("conflict", `container ${container.id} is not running`, thrown);
}
