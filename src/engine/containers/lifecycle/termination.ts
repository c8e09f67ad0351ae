// Ends the runs of containers: signals, time to react, SIGKILL, and in the end the kill of the whole control group. A
// frozen container is thawed first, whatever its record says, or it would never see a signal.
import { BerthError, messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import { formatTimestamp, nowNanoseconds, parseTimestamp } from "../../../api/time.ts";
import { isProcessAlive, signalProcess } from "../../../linux/process.ts";
import { SIGKILL, signalNumber } from "../../../linux/signals.ts";
import { killMonitor } from "../../../runtime/conmon.ts";
import type { Events } from "../../events.ts";
import type { CgroupControl } from "../cgroup-control.ts";
import type { ContainerConfiguration } from "../configuration/container-configuration.ts";
import type { Container } from "../container.ts";
import { publish } from "../publish.ts";
import type { ContainerStore } from "../store.ts";
import { type Ending, isActive } from "./transitions.ts";

const DEFAULT_STOP_SIGNAL = "SIGTERM";
const DEFAULT_STOP_TIMEOUT_SECONDS = 10;
/** How long to wait for a killed container to exit before reporting an error. */
const KILL_DEADLINE_MILLISECONDS = 10_000;
/** How long the end of a killed process may take to be noticed before stronger means are used. */
const NOTICE_DEADLINE_MILLISECONDS = 2_000;
const KILL_INTERVAL_MILLISECONDS = 500;

export interface TerminationParts {
  store: ContainerStore<Container>;
  cgroups: CgroupControl;
  events: Events;
  log: Log;
}

export interface StopRequest {
  /** Seconds until SIGKILL, below 0 for never; undefined for the container's own. */
  timeout?: number | undefined;
  /** Undefined for the container's own. */
  signal?: string | undefined;
}

export interface StopPlan {
  /** The number of the signal. */
  signal: number;
  /** Until SIGKILL; undefined for never. */
  milliseconds: number | undefined;
}

/** How a container is stopped: as asked, else as it is configured. @throws BerthError invalidParameter for the signal */
export function stopPlan(
  { stopSignal, stopTimeout }: Pick<ContainerConfiguration, "stopSignal" | "stopTimeout">,
  { timeout, signal }: StopRequest,
): StopPlan {
  const seconds = timeout ?? stopTimeout ?? DEFAULT_STOP_TIMEOUT_SECONDS;
  return {
    signal: signalNumber(signal || stopSignal || DEFAULT_STOP_SIGNAL),
    milliseconds: seconds < 0 ? undefined : seconds * 1000,
  };
}

export class Termination {
  private readonly parts: TerminationParts;

  constructor(parts: TerminationParts) {
    this.parts = parts;
  }

  /** Sends the stop signal, waits, then kills. @throws BerthError invalidParameter for an unknown signal */
  async stop(container: Container, reason: "stop" | "restart" | "unhealthy", request: StopRequest): Promise<void> {
    const { signal, milliseconds } = stopPlan(container.spec.config, request);
    const killAt =
      milliseconds === undefined
        ? undefined
        : formatTimestamp(nowNanoseconds() + BigInt(Math.round(milliseconds * 1e6)));
    const exit = container.nextExit();
    this.recordEnding(container, { reason, killAt });
    await this.signal(container, signal, true);
    await this.killAfter(container, exit, milliseconds);
  }

  /** Completes a stop that an earlier daemon began. */
  async resume(container: Container): Promise<void> {
    const { life } = container.state;
    if (!isActive(life)) return;
    const { ending } = life;
    if (ending === undefined || ending.reason === "signal") return;
    if (ending.reason === "removal") return this.killRun(container);
    const exit = container.nextExit();
    await this.signal(container, signalNumber(container.spec.config.stopSignal || DEFAULT_STOP_SIGNAL), true);
    const killAt = ending.killAt === undefined ? undefined : parseTimestamp(ending.killAt);
    const rest = killAt === undefined ? undefined : Math.max(0, Number((killAt - nowNanoseconds()) / 1_000_000n));
    await this.killAfter(container, exit, rest);
  }

  /**
   * Sends a client's signal. As in Docker 28, any signal asks for the end of the run, unless the container names a stop
   * signal and this is another one.
   * @returns whether it thawed the container
   */
  async signalByClient(container: Container, signal: number): Promise<boolean> {
    const { stopSignal } = container.spec.config;
    const asksForEnd = !stopSignal || signalNumber(stopSignal) === signal;
    if (asksForEnd) this.recordEnding(container, { reason: "signal" });
    else this.parts.store.saveState(container, { stoppedByClient: true });
    return this.signal(container, signal, asksForEnd);
  }

  /** Kills until the run has ended, and records why. @throws BerthError internal when it does not end */
  async kill(container: Container, ending: Ending): Promise<void> {
    if (!container.isRunning) return;
    this.recordEnding(container, ending);
    await this.killRun(container);
  }

  private recordEnding(container: Container, ending: Ending): void {
    const changes = ending.reason === "unhealthy" ? {} : { stoppedByClient: true };
    this.parts.store.advanceRegardless(container, { type: "ending", ending }, changes, (thrown) => {
      this.parts.log.error("failed to persist container state", { container: container.id, reason: messageOf(thrown) });
    });
  }

  private async killRun(container: Container): Promise<void> {
    const { life } = container.state;
    if (!isActive(life)) return;
    const exit = container.nextExit();
    await this.signal(container, SIGKILL, true);
    if ((await within(exit, NOTICE_DEADLINE_MILLISECONDS)) || !container.isRunning) return;
    for (const deadline = Date.now() + KILL_DEADLINE_MILLISECONDS; Date.now() < deadline; ) {
      this.parts.cgroups.kill(container);
      if (!isProcessAlive(life.process)) {
        this.parts.log.warn("monitor did not report exit; killing it", { container: container.id });
        killMonitor(container.paths.bundle);
      }
      if ((await within(exit, KILL_INTERVAL_MILLISECONDS)) || !container.isRunning) return;
    }
    throw new BerthError("internal", `container ${container.id} did not end after SIGKILL; it may hang in the kernel`);
  }

  /** @param milliseconds undefined waits for ever */
  private async killAfter(container: Container, exit: Promise<unknown>, milliseconds?: number): Promise<void> {
    if (milliseconds === undefined) await exit;
    else if (!(await within(exit, milliseconds)) && container.isRunning) await this.killRun(container);
  }

  /** @param thaws whether the processes must see the signal now */
  private async signal(container: Container, signal: number, thaws: boolean): Promise<boolean> {
    const { life } = container.state;
    if (!isActive(life)) return false;
    signalProcess(life.process, signal);
    publish(this.parts.events, container, "kill", { signal: String(signal) });
    return thaws && this.thaw(container);
  }

  private async thaw(container: Container): Promise<boolean> {
    const { store, cgroups, events } = this.parts;
    const isFrozen = cgroups.isFrozen(container);
    if (isFrozen) cgroups.thaw(container);
    const { life } = container.state;
    if (!isActive(life)) return false;
    if (life.status === "paused" && !isFrozen) {
      // A runtime that does not freeze by the control group, such as one with virtual machines.
      await container.calls.track("resume", (abort) => container.runtime.resume(container.id, abort)).catch(() => {});
    }
    const now = container.state.life;
    if (!isActive(now) || (now.status === "running" && now.freezing === undefined)) return isFrozen;
    const wasPaused = now.status === "paused";
    store.advance(container, { type: "thawed" });
    if (wasPaused) publish(events, container, "unpause");
    return true;
  }
}

/** Whether the promise resolves before so much time has passed. */
async function within(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: Timer | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
