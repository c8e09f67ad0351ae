// `rm`: refuses a container that runs, or ends its run first by force, and disposes of it.
import { BerthError } from "../../../api/errors.ts";
import type { Container } from "../container.ts";
import type { ContainerStore } from "../store.ts";
import type { Disposal } from "./disposal.ts";
import type { Lifecycle } from "./lifecycle.ts";

export interface RemovalRequest {
  force: boolean;
  /** Its anonymous volumes too. */
  volumes: boolean;
}

export class Removal {
  private readonly store: ContainerStore<Container>;
  private readonly lifecycle: Lifecycle;
  private readonly disposal: Disposal;

  constructor(store: ContainerStore<Container>, lifecycle: Lifecycle, disposal: Disposal) {
    this.store = store;
    this.lifecycle = lifecycle;
    this.disposal = disposal;
  }

  /** @param reference as the client typed it, for the message. @throws BerthError */
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

  private async attempt(container: Container, reference: string, request: RemovalRequest): Promise<boolean> {
    if (request.force) await this.lifecycle.killForRemoval(container, request.volumes);
    return container.changes.run(async () => {
      if (this.store.byExactId(container.id) !== container) return true;
      if (request.force && (container.isRunning || container.state.life.status === "restarting")) return false;
      refuseUnlessStopped(container, reference);
      await this.disposal.remove(container, request.volumes);
      return true;
    });
  }
}

function refuseUnlessStopped(container: Container, reference: string): void {
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
