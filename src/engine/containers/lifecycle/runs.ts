// The runs of a container: each begins with a start, is watched while it lasts, and ends as the restart policy
// says. Callers hold the container's changes unless stated otherwise.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import { formatTimestamp, nowNanoseconds, parseTimestamp } from "../../../api/time.ts";
import type { ProcessIdentity } from "../../../linux/process.ts";
import type { Events } from "../../events.ts";
import type { CgroupControl } from "../cgroup-control.ts";
import type { Container } from "../container.ts";
import type { Execs } from "../exec/execs.ts";
import type { HealthChecks } from "../health/health-checks.ts";
import type { Logs } from "../logs/logs.ts";
import { publish } from "../publish.ts";
import type { ContainerState } from "../record.ts";
import type { ContainerStore } from "../store.ts";
import { isHeldOpen, outputsOf } from "../streams/held-output.ts";
import type { Disposal } from "./disposal.ts";
import type { ExitWatcher, ObservedExit } from "./exit-watcher.ts";
import type { Launcher } from "./launcher.ts";
import { restartDelay } from "./restart-policy.ts";
import { StartError } from "./start-error.ts";
import { Trace } from "./trace.ts";
import { isActive, type LifeEvent } from "./transitions.ts";

const FAILED_START_CODE = 128;

export interface RunsParts {
  store: ContainerStore<Container>;
  launcher: Launcher;
  exits: ExitWatcher;
  health: HealthChecks;
  execs: Execs;
  logs: Logs;
  disposal: Disposal;
  cgroups: CgroupControl;
  events: Events;
  log: Log;
}

export class Runs {
  private readonly parts: RunsParts;
  private readonly restarts = new Map<Container, Timer>();
  /** Where the main process of a run writes to, for runs that other processes may outlive. */
  private readonly outputs = new WeakMap<Container, readonly string[]>();

  constructor(parts: RunsParts) {
    this.parts = parts;
  }

  /** Starts a run for a client: resets the restart count. @throws StartError after cleaning up. */
  async beginByClient(container: Container): Promise<void> {
    this.clearRestart(container);
    await this.begin(container, { stoppedByClient: false, restartCount: 0, restartDelay: 0 });
  }

  /** Waits for the end of a run that has begun, in this daemon or an earlier one. */
  watch(container: Container, monitor: ProcessIdentity): void {
    this.parts.exits
      .exitOf(container.id, monitor)
      .then((exit) => container.changes.run(() => this.end(container, exit)))
      .catch((thrown: unknown) => this.logFailure("failed to handle container exit", container, thrown));
  }

  /** After the exit: records it, releases resources, and applies the restart policy. */
  async end(container: Container, exit: ObservedExit): Promise<void> {
    if (!isActive(container.state.life)) return;
    const { spec, trace } = container;
    trace.end("run");
    const { health, execs, log } = this.parts;
    health.end(container);
    execs.forgetUnstarted(container);
    const { oomKilled, outputTruncated } = await this.circumstances(container, exit);
    trace.end("streams");
    if (oomKilled) this.publish(container, "oom");
    const cleaned = this.cleanup(container);
    // Without its monitor the process may still be alive: the cleanup ends it.
    if (exit.monitorLost) await cleaned;
    // Read only now, because a client may have requested a stop in the meantime.
    const { state } = container;
    if (!isActive(state.life)) return;
    const { ending } = state.life;
    const runMilliseconds = Number(nanosecondsBetween(state.startedAt, exit.finishedAt) / 1_000_000n);
    const delay = restartDelay({
      policy: spec.hostConfig.restartPolicy,
      exitCode: exit.code,
      runMilliseconds,
      ending,
      stoppedByClient: state.stoppedByClient,
      restartCount: state.restartCount,
      lastDelay: state.restartDelay,
    });
    const nextDelay = delay ?? (ending?.reason === "restart" ? 0 : undefined);
    const nextAttempt =
      nextDelay === undefined ? undefined : formatTimestamp(nowNanoseconds() + toNanoseconds(nextDelay));
    this.record(
      container,
      { type: "ended", nextAttempt },
      {
        oomKilled,
        outputTruncated,
        exitCode: exit.code,
        finishedAt: exit.finishedAt,
        ...(delay === undefined ? {} : { restartCount: state.restartCount + 1, restartDelay: delay }),
      },
    );
    const execDuration = String(Math.max(0, Math.floor(runMilliseconds / 1000)));
    this.publish(container, "die", { execDuration, exitCode: String(exit.code) });
    await container.stdio.close();
    // Clients that wait for the exit do not wait for the cleanup; the next change of this container does.
    container.announceExit();
    trace.end("exit");
    if (nextDelay === undefined && spec.hostConfig.autoRemove) {
      await this.autoRemove(container, cleaned);
      trace.end("removal");
    }
    await cleaned;
    trace.end("cleanup");
    log.debug("container ended", { container: container.id, ...trace.take() });
    if (delay !== undefined) this.beginAgain(container, delay);
  }

  /** Starts it when the delay is over, unless something else has happened to it by then. */
  beginAgain(container: Container, delayMilliseconds: number): void {
    this.clearRestart(container);
    const timer = setTimeout(() => {
      this.restarts.delete(container);
      const restarting = container.changes.run(async () => {
        const { status } = container.state.life;
        if (status === "restarting" || status === "exited") await this.begin(container, {});
      });
      restarting.catch((thrown: unknown) => this.logFailure("failed to restart container", container, thrown));
    }, delayMilliseconds);
    this.restarts.set(container, timer);
  }

  /**
   * Cancels the next start of a container that is between two runs. Callers do not hold its changes.
   * @returns whether it did; otherwise a start that was under way came first
   */
  cancelRestart(container: Container): Promise<boolean> {
    return container.changes.run(async () => {
      if (container.state.life.status !== "restarting") return false;
      this.clearRestart(container);
      this.record(container, { type: "restartCancelled" }, { stoppedByClient: true });
      return true;
    });
  }

  /** Frees the leftovers of an incomplete start or an earlier run. */
  async cleanup(container: Container): Promise<void> {
    try {
      await this.parts.launcher.cleanup(container);
    } catch (thrown) {
      this.logFailure("failed to clean up after container", container, thrown);
    }
  }

  publish(container: Container, action: string, more: Record<string, string> = {}): void {
    publish(this.parts.events, container, action, more);
  }

  /** Ends the timers; the next daemon performs pending restarts. */
  stop(): void {
    for (const timer of this.restarts.values()) clearTimeout(timer);
  }

  /** @throws StartError after cleaning up. */
  private async begin(container: Container, changes: Partial<Omit<ContainerState, "life">>): Promise<void> {
    const { launcher, store, health, logs, log } = this.parts;
    // The first run follows the creation in one trace.
    if (container.state.life.status !== "created") container.trace = new Trace();
    const { trace } = container;
    trace.end("client");
    try {
      await logs.connect(container);
      trace.end("log");
      const { process, monitor, startedAt, executed } = await launcher.launch(container);
      try {
        store.advance(
          container,
          { type: "started", process, monitor },
          { ...changes, startedAt, exitCode: 0, error: "", oomKilled: false, outputTruncated: false },
        );
      } catch (thrown) {
        // A run that is not recorded would not be watched.
        await this.cleanup(container);
        throw thrown;
      }
      // In a private PID namespace, no process outlives the main process.
      if (container.spec.hostConfig.pidMode !== "private") this.outputs.set(container, outputsOf(process.pid));
      this.publish(container, "start");
      trace.end("state");
      this.watch(container, monitor);
      health.begin(container);
      logs.begin(container);
      await executed();
      trace.end("exec");
      log.debug("container started", { container: container.id, ...trace.take() });
    } catch (thrown) {
      if (container.isRunning) throw thrown;
      await logs.end(container);
      const exitCode = thrown instanceof StartError ? thrown.exitCode : FAILED_START_CODE;
      this.record(container, { type: "startFailed" }, { ...changes, exitCode, error: messageOf(thrown) });
      await container.stdio.close();
      container.announceExit();
      if (container.spec.hostConfig.autoRemove) await this.autoRemove(container);
      throw thrown;
    }
  }

  private async autoRemove(container: Container, cleaned?: Promise<void>): Promise<void> {
    try {
      await this.parts.disposal.remove(container, true, cleaned);
    } catch (thrown) {
      this.logFailure("failed to remove container", container, thrown);
    }
  }

  /** Records the event even on a full disk, because clients wait for the exit. */
  private record(container: Container, event: LifeEvent, changes: Partial<Omit<ContainerState, "life">>): void {
    this.parts.store.advanceRegardless(container, event, changes, (thrown) =>
      this.logFailure("failed to persist container state", container, thrown),
    );
  }

  private clearRestart(container: Container): void {
    clearTimeout(this.restarts.get(container));
    this.restarts.delete(container);
  }

  /** What can be seen of a run only before the cleanup. */
  private async circumstances(
    container: Container,
    exit: ObservedExit,
  ): Promise<Pick<ContainerState, "oomKilled" | "outputTruncated">> {
    const { log, cgroups } = this.parts;
    if (exit.monitorLost) log.warn("monitor died; killing container", { container: container.id });
    const oomKilled = existsSync(join(container.paths.bundle, "oom"));
    const outputTruncated = isHeldOpen(this.outputs.get(container) ?? [], cgroups.processesOf(container));
    await container.stdio.drain();
    await this.parts.logs.end(container);
    return { oomKilled, outputTruncated };
  }

  private logFailure(message: string, container: Container, thrown: unknown): void {
    this.parts.log.error(message, { container: container.id, reason: messageOf(thrown) });
  }
}

const toNanoseconds = (milliseconds: number): bigint => BigInt(Math.round(milliseconds)) * 1_000_000n;

function nanosecondsBetween(start: string, end: string): bigint {
  return (parseTimestamp(end) ?? 0n) - (parseTimestamp(start) ?? 0n);
}
