// Removes containers in steps that a daemon killed in between takes up again: first the record says "removing", then
// it goes, and with it the name; last go the files, as often as it takes, while nobody waits for them.
import { rm } from "node:fs/promises";
import { BerthError, messageOf } from "../../../api/errors.ts";
import { holdersOfMount } from "../../../linux/mount-info.ts";
import { unmountRootFilesystem } from "../../../storage/rootfs.ts";
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
  execs: Execs;
  lifeCycle: LifeCycle;
}

const FIRST_RETRY_MILLISECONDS = 1_000;
const LONGEST_RETRY_MILLISECONDS = 600_000;

export class Removal {
  private readonly host: RemovalHost;
  private readonly retries = new Set<Timer>();

  constructor(host: RemovalHost) {
    this.host = host;
  }

  /** @param reference as the client typed it, for the message. */
  async remove(container: Container, reference: string, request: RemovalRequest): Promise<void> {
    if (container.state.life.status === "removing") {
      throw new BerthError("conflict", `removal of container ${reference} is already in progress`);
    }
    const gone = container.removed();
    while (!(await this.attempt(container, reference, request))) {
      // A start was under way and came first.
    }
    await gone;
  }

  /** For a container whose changes the caller already holds, or that no client knows of yet. */
  async removeStopped(container: Container, volumes: boolean): Promise<void> {
    const { host } = this;
    container.state.life = { status: "removing", volumes };
    clearTimeout(container.restartTimer);
    host.store.saveState(container);
    host.execs.forgetAll(container);
    host.networks.forget(container.id);
    host.volumes.release(container.id, volumes ? container.spec.anonymousVolumes : []);
    host.store.delete(container);
    host.events.publish("container", "destroy", container.id, container.eventAttributes());
    await this.removeFiles(container, FIRST_RETRY_MILLISECONDS);
    container.announceRemoval();
  }

  /** What is not removed yet, the next daemon removes. */
  stop(): void {
    for (const retry of this.retries) clearTimeout(retry);
  }

  private async attempt(container: Container, reference: string, request: RemovalRequest): Promise<boolean> {
    if (request.force) await this.host.lifeCycle.killForRemoval(container);
    return container.changes.run(async () => {
      if (this.host.store.byExactId(container.id) !== container) return true;
      if (request.force && container.isRunning) return false;
      this.refuseUnlessStopped(container, reference);
      await this.removeStopped(container, request.volumes);
      return true;
    });
  }

  private async removeFiles(container: Container, retryMilliseconds: number): Promise<void> {
    const { directory, rootfs } = container.paths;
    try {
      await rm(directory, { recursive: true, force: true });
    } catch (thrown) {
      this.host.log.warn("the files of a removed container are still held", {
        container: container.id,
        reason: messageOf(thrown),
        holders: holdersOfMount(rootfs),
        retryInSeconds: retryMilliseconds / 1000,
      });
      const retry = setTimeout(() => {
        this.retries.delete(retry);
        void unmountRootFilesystem(rootfs).catch(() => {});
        void this.removeFiles(container, Math.min(retryMilliseconds * 2, LONGEST_RETRY_MILLISECONDS));
      }, retryMilliseconds);
      this.retries.add(retry);
    }
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
