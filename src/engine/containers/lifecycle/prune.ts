// `container prune`: removes stopped containers, after showing them if asked.
import { isKind } from "../../../api/errors.ts";
import type { Events } from "../../events.ts";
import type { Filters } from "../../filters.ts";
import { pruneFilter } from "../../prune-filters.ts";
import { type PlannedRemoval, PrunePlans } from "../../prune-plans.ts";
import type { Pruned, PrunePlan } from "../../pruner.ts";
import type { Container } from "../container.ts";
import type { ContainerStore } from "../store.ts";
import type { Removal } from "./removal.ts";

export interface PruneParts {
  store: ContainerStore<Container>;
  events: Events;
  removal: Removal;
  /** Bytes of the container's own layer. */
  sizeOf(container: Container): Promise<number>;
}

export class ContainerPruner {
  private readonly parts: PruneParts;
  private readonly plans = new PrunePlans();

  constructor(parts: PruneParts) {
    this.parts = parts;
  }

  /** What a prune would remove now; {@link apply} carries it out. @throws BerthError invalidParameter for a filter */
  async plan(filters: Filters): Promise<PrunePlan> {
    return this.plans.make(await this.candidates(filters));
  }

  /** @throws BerthError invalidParameter for an invalid filter value */
  async prune(filters: Filters): Promise<Pruned<string>> {
    return this.removeAll(await this.candidates(filters));
  }

  /** Carries out a plan, except for containers that have changed since. @throws BerthError notFound */
  apply(planId: string): Promise<Pruned<string>> {
    const unchanged = this.plans.take(planId).filter(({ object, fingerprint }) => {
      const container = this.parts.store.byExactId(object.id);
      return container !== undefined && fingerprintOf(container) === fingerprint;
    });
    return this.removeAll(unchanged);
  }

  private candidates(filters: Filters): Promise<PlannedRemoval[]> {
    const isPrunable = pruneFilter(filters);
    const prunable = this.parts.store
      .all()
      .filter(({ state }) => ["created", "exited"].includes(state.life.status))
      .filter(({ spec }) => isPrunable(spec.created, spec.config.labels));
    return Promise.all(
      prunable.map(async (container) => ({
        object: { id: container.id, name: container.spec.name, size: await this.parts.sizeOf(container) },
        fingerprint: fingerprintOf(container),
      })),
    );
  }

  private async removeAll(removals: readonly PlannedRemoval[]): Promise<Pruned<string>> {
    const { store, removal, events } = this.parts;
    const removed: string[] = [];
    let reclaimed = 0;
    for (const { object } of removals) {
      const container = store.byExactId(object.id);
      if (!container) continue;
      try {
        await removal.remove(container, object.id, { force: false, volumes: false });
      } catch (thrown) {
        if (isKind(thrown, "conflict")) continue; // It was started, or someone else removes it.
        throw thrown;
      }
      removed.push(object.id);
      reclaimed += object.size;
    }
    events.publish("container", "prune", "", { reclaimed: String(reclaimed) });
    return { removed, reclaimed };
  }
}

function fingerprintOf({ spec, state }: Container): string {
  return JSON.stringify([spec.name, state.life.status, state.startedAt, state.finishedAt]);
}
