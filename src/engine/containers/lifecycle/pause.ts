// Freezes and thaws containers: for clients by `pause` and `unpause`, and for the engine's own work, such as a commit.
// Each freeze is recorded before the kernel is touched; the kernel's freezer, not the runtime's answer, tells the outcome.
import { BerthError, messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import { isProcessAlive } from "../../../linux/process.ts";
import type { Events } from "../../events.ts";
import type { CgroupControl } from "../cgroup-control.ts";
import type { Container } from "../container.ts";
import type { HealthChecks } from "../health/health-checks.ts";
import { publish } from "../publish.ts";
import type { ContainerStore } from "../store.ts";
import { type Freezer, isActive, type Paused, type Running } from "./transitions.ts";

export interface PauserParts {
  store: ContainerStore<Container>;
  cgroups: CgroupControl;
  health: HealthChecks;
  events: Events;
  log: Log;
}

export class Pauser {
  private readonly parts: PauserParts;
  /** How many of the engine's own tasks need each container frozen. */
  private readonly holders = new WeakMap<Container, number>();

  constructor(parts: PauserParts) {
    this.parts = parts;
  }

  /** @throws BerthError conflict when it is paused already or not running */
  pause(container: Container): Promise<void> {
    return container.changes.run(async () => {
      const { life } = container.state;
      if (life.status === "paused" && this.parts.cgroups.isFrozen(container)) {
        throw new BerthError("conflict", `container ${container.id} is already paused`);
      }
      if (!isActive(life)) throw new BerthError("conflict", `container ${container.id} is not running`);
      if (life.status === "paused") this.parts.store.advance(container, { type: "thawed" });
      await this.freeze(container, "client");
    });
  }

  /** Also thaws a container that is frozen and recorded as running. @throws BerthError conflict */
  unpause(container: Container): Promise<void> {
    return container.changes.run(async () => {
      const { life } = container.state;
      const isFrozen = isActive(life) && this.parts.cgroups.isFrozen(container);
      if (!isActive(life) || (life.status === "running" && !isFrozen)) {
        throw new BerthError("conflict", `Container ${container.id} is not paused`);
      }
      await this.thaw(container, life);
    });
  }

  /** Runs `work` while the container's processes are frozen; one that does not run, or ends meanwhile, is no obstacle. */
  async whileFrozen<T>(container: Container, work: () => Promise<T>): Promise<T> {
    const isHeld = await container.changes.run(() => this.acquire(container));
    try {
      return await work();
    } finally {
      if (isHeld) await container.changes.run(() => this.release(container));
    }
  }

  private async acquire(container: Container): Promise<boolean> {
    const { life } = container.state;
    const holders = this.holders.get(container) ?? 0;
    if (life.status === "running") {
      try {
        await this.freeze(container, "engine");
      } catch (thrown) {
        if (isActive(container.state.life) && isProcessAlive(life.process)) throw thrown;
        return false;
      }
    } else if (life.status !== "paused" || life.frozenBy !== "engine") return false;
    this.holders.set(container, holders + 1);
    return true;
  }

  private async release(container: Container): Promise<void> {
    const holders = (this.holders.get(container) ?? 1) - 1;
    this.holders.set(container, holders);
    const { life } = container.state;
    if (holders === 0 && life.status === "paused" && life.frozenBy === "engine") await this.thaw(container, life);
  }

  private async freeze(container: Container, by: Freezer): Promise<void> {
    const { store, cgroups, health, events } = this.parts;
    const { process } = container.run;
    store.advance(container, { type: "freezing", by });
    try {
      await container.calls.track("pause", (signal) => container.runtime.pause(container.id, signal));
      const { life } = container.state;
      // A signal that the process must receive has thawed it meanwhile.
      if (life.status !== "running" || life.freezing === undefined) {
        throw new BerthError("conflict", `container ${container.id} is being stopped`);
      }
      store.advance(container, { type: "frozen" });
    } catch (thrown) {
      if (isActive(container.state.life)) {
        cgroups.thaw(container);
        store.advance(container, { type: "thawed" });
      }
      if (isProcessAlive(process)) throw thrown;
      throw new BerthError("conflict", `container ${container.id} is not running`, thrown);
    }
    health.end(container);
    publish(events, container, "pause");
  }

  private async thaw(container: Container, life: Running | Paused): Promise<void> {
    const { store, cgroups, health, events, log } = this.parts;
    if (life.status === "paused") store.advance(container, { type: "thawing" });
    const isFrozen = cgroups.isFrozen(container);
    try {
      await container.calls.track("resume", (signal) => container.runtime.resume(container.id, signal));
    } catch (thrown) {
      if (!isProcessAlive(life.process)) {
        throw new BerthError("conflict", `container ${container.id} is not running`, thrown);
      }
      log.debug("failed to resume a container", { container: container.id, reason: messageOf(thrown) });
    }
    if (isFrozen) cgroups.thaw(container);
    if (!isActive(container.state.life)) return;
    store.advance(container, { type: "thawed" });
    health.resume(container);
    publish(events, container, "unpause");
  }
}
