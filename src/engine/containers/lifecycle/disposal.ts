// Removes stopped containers, in steps that a later daemon can complete: marks the record "removing", deletes record and
// name, then deletes the files in the background, with retries while they are in use.
import { rm } from "node:fs/promises";
import { messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import { holdersOfMount } from "../../../linux/mount-info.ts";
import { unmountRootFilesystem } from "../../../storage/rootfs.ts";
import type { Events } from "../../events.ts";
import type { Container, ContainerPaths } from "../container.ts";
import type { ContainerNetworks, ContainerVolumes } from "../dependencies.ts";
import type { Execs } from "../exec/execs.ts";
import { publish } from "../publish.ts";
import type { ContainerStore } from "../store.ts";

export interface DisposalParts {
  store: ContainerStore<Container>;
  execs: Execs;
  networks: ContainerNetworks;
  volumes: ContainerVolumes;
  events: Events;
  log: Log;
}

const FIRST_RETRY_MILLISECONDS = 1_000;
const MAX_RETRY_MILLISECONDS = 600_000;

export class Disposal {
  private readonly parts: DisposalParts;
  private readonly retries = new Set<Timer>();

  constructor(parts: DisposalParts) {
    this.parts = parts;
  }

  /**
   * For a container whose changes the caller holds, and which does not run.
   * @param volumes its anonymous ones too
   * @param cleaned the cleanup of its last run, if it is in progress; the bundle, with which the next daemon would
   *   clean up, is kept until then
   */
  async remove(container: Container, volumes: boolean, cleaned?: Promise<void>): Promise<void> {
    const { store, execs, networks, volumes: mounts, events } = this.parts;
    if (container.isRemoved) return;
    store.advance(container, { type: "removing", volumes });
    execs.forgetAll(container);
    networks.forget(container.id);
    mounts.release(container.id, volumes ? container.spec.anonymousVolumes : []);
    store.delete(container);
    publish(events, container, "destroy");
    // Clients do not see the files, so clients that wait for the removal do not wait for the disk.
    container.announceRemoval();
    await cleaned;
    await this.removeFiles(container.id, container.paths);
  }

  /** Removes the files of a container that has no record any more; what is still held is removed later. */
  async removeFiles(
    id: string,
    paths: Pick<ContainerPaths, "bundle" | "directory" | "rootfs">,
    retryMilliseconds = FIRST_RETRY_MILLISECONDS,
  ): Promise<void> {
    const { bundle, directory, rootfs } = paths;
    try {
      // A monitor that was about to end may have written to it while the run was cleaned up.
      await rm(bundle, { recursive: true, force: true });
      await rm(directory, { recursive: true, force: true });
    } catch (thrown) {
      this.parts.log.warn("failed to remove the files of a container, retrying", {
        container: id,
        reason: messageOf(thrown),
        holders: holdersOfMount(rootfs),
        retryInSeconds: retryMilliseconds / 1000,
      });
      const retry = setTimeout(() => {
        this.retries.delete(retry);
        void unmountRootFilesystem(rootfs).catch(() => {});
        void this.removeFiles(id, paths, Math.min(retryMilliseconds * 2, MAX_RETRY_MILLISECONDS));
      }, retryMilliseconds);
      this.retries.add(retry);
    }
  }

  /** Ends the retries; the next daemon removes the rest. */
  stop(): void {
    for (const retry of this.retries) clearTimeout(retry);
  }
}
