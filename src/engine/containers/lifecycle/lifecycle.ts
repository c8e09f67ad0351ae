// The operations that change a container's state: start, stop, restart, kill, pause, unpause. Changes of one
// container wait for each other; containers never wait for other containers.
import type { BerthError } from "../../../api/errors.ts";
import { SIGKILL, signalNumber } from "../../../linux/signals.ts";
import { killMonitor } from "../../../runtime/conmon.ts";
import type { CgroupControl } from "../cgroup-control.ts";
import type { Container } from "../container.ts";
import type { HealthChecks } from "../health/health-checks.ts";
import type { Pauser } from "./pause.ts";
import { killRefusal, startRefusal, stopRefusal } from "./refusals.ts";
import type { Runs } from "./runs.ts";
import type { Termination } from "./termination.ts";

export interface LifecycleParts {
  runs: Runs;
  termination: Termination;
  pauser: Pauser;
  health: HealthChecks;
  cgroups: CgroupControl;
}

export class Lifecycle {
  private readonly parts: LifecycleParts;

  constructor(parts: LifecycleParts) {
    this.parts = parts;
  }

  /** @throws BerthError notModified when it runs already, conflict when it cannot be started now. */
  start(container: Container): Promise<void> {
    this.parts.cgroups.prepareMigration();
    return container.changes.run(async () => {
      refuse(startRefusal(container.id, container.state.life));
      await this.parts.runs.beginByClient(container);
    });
  }

  /** Sends the stop signal, waits, then kills. @throws BerthError notModified when it does not run */
  async stop(container: Container, timeout?: number, signal?: string): Promise<void> {
    const { runs, termination } = this.parts;
    while (isRestarting(container)) if (await runs.cancelRestart(container)) return;
    refuse(stopRefusal(container.id, container.state.life));
    await termination.stop(container, "stop", { timeout, signal });
    runs.publish(container, "stop");
  }

  async restart(container: Container, timeout?: number, signal?: string): Promise<void> {
    const { runs, termination } = this.parts;
    if (container.isRunning) {
      await termination.stop(container, "restart", { timeout, signal });
      runs.publish(container, "stop");
    }
    await this.start(container);
    runs.publish(container, "restart");
  }

  /** Completes a stop or restart that an earlier daemon had started. */
  async resumeEnding(container: Container): Promise<void> {
    const { runs, termination } = this.parts;
    await termination.resume(container);
    if (container.state.life.status === "restarting") runs.beginAgain(container, 0);
  }

  /** @throws BerthError invalidParameter for an unknown signal, conflict when it does not run. */
  async kill(container: Container, signal: string): Promise<void> {
    const { runs, termination, health } = this.parts;
    const number = signalNumber(signal || "SIGKILL");
    while (isRestarting(container)) if (await runs.cancelRestart(container)) return;
    refuse(killRefusal(container.id, container.state.life));
    if (number === SIGKILL) {
      await termination.kill(container, { reason: "signal" });
      return;
    }
    const wasThawed = await termination.signalByClient(container, number);
    if (wasThawed && container.isRunning) health.resume(container);
  }

  pause(container: Container): Promise<void> {
    return this.parts.pauser.pause(container);
  }

  unpause(container: Container): Promise<void> {
    return this.parts.pauser.unpause(container);
  }

  /** Runs `work` while the processes of a running container stand still. */
  whileFrozen<T>(container: Container, work: () => Promise<T>): Promise<T> {
    return this.parts.pauser.whileFrozen(container, work);
  }

  /** Ends a run permanently, for a forced removal. @param volumes whether those are removed too */
  async killForRemoval(container: Container, volumes: boolean): Promise<void> {
    const { runs, termination } = this.parts;
    while (isRestarting(container)) await runs.cancelRestart(container);
    if (container.calls.hanging) this.giveUp(container);
    if (!container.isRunning) return;
    try {
      await termination.kill(container, { reason: "removal", volumes });
    } catch (thrown) {
      if (container.isRunning) throw thrown;
    }
  }

  /** Aborts runtime calls that hang. A monitor that waits for it, before there is a process, is killed. */
  private giveUp(container: Container): void {
    container.calls.giveUp();
    if (!container.isRunning) killMonitor(container.paths.bundle);
  }
}

/** Between two runs. Callers act on the answer at once: after an `await` a run may have begun or ended. */
const isRestarting = (container: Container): boolean => container.state.life.status === "restarting";

function refuse(refusal: BerthError | undefined): void {
  if (refusal) throw refusal;
}
