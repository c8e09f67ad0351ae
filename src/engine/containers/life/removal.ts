// Removes containers: state first, so that a daemon that dies in between finishes the job when it returns.
import { rm } from "node:fs/promises";
import { BerthError } from "../../../api/errors.ts";
import type { Container } from "../container.ts";
import type { Execs } from "../exec/execs.ts";
import type { ContainerStore } from "../store.ts";
import type { LaunchHost } from "./launch.ts";
import type { LifeCycle } from "./life-cycle.ts";

export interface RemovalRequest {
  force: boolean;
  /** Its anonymous volumes too. */
  volumes: boolean;
}

export interface RemovalHost extends LaunchHost {
  store: ContainerStore<Container>;
}

export class Removal {
  private readonly host: RemovalHost;
  private readonly execs: Execs;
  private readonly lifeCycle: LifeCycle;

  constructor(host: RemovalHost, execs: Execs, lifeCycle: LifeCycle) {
    this.host = host;
    this.execs = execs;
    this.lifeCycle = lifeCycle;
  }

  /** @param reference as the client typed it, for the message. */
  async remove(container: Container, reference: string, request: RemovalRequest): Promise<void> {
    if (container.state.life.status === "removing") {
      throw new BerthError("conflict", `removal of container ${reference} is already in progress`);
    }
    const gone = container.removed();
    if (request.force) await this.lifeCycle.killForRemoval(container);
    await container.changes.run(async () => {
      if (this.host.store.byExactId(container.id) !== container) return;
      this.refuseUnlessStopped(container, reference);
      await this.removeStopped(container, request.volumes);
    });
    await gone;
  }

  /** For a container whose changes the caller already holds. */
  async removeStopped(container: Container, volumes: boolean): Promise<void> {
    const { host } = this;
    container.state.life = { status: "removing" };
    clearTimeout(container.restartTimer);
    host.store.saveState(container);
    this.execs.forgetAll(container);
    host.networks.forget(container.id);
    host.volumes.release(container.id, volumes ? container.spec.anonymousVolumes : []);
    host.store.delete(container);
    host.events.publish("container", "destroy", container.id, container.eventAttributes());
    await rm(container.paths.directory, { recursive: true, force: true });
    container.announceRemoval();
  }

  private refuseUnlessStopped(container: Container, reference: string): void {
    const { status } = container.state.life;
    if (status === "paused") {
      throw new BerthError(
        "conflict",
        `cannot remove container "${reference}": container is paused and must be unpaused first`,
      );
    }
    if (status !== "running" && status !== "restarting") return;
    throw new BerthError(
      "conflict",
      `cannot remove container "${reference}": container is ${status}: stop the container before removing or force remove`,
    );
  }
}
