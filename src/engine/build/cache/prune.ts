// `builder prune`: the directories that builds keep for later ones and that none uses now; shown first if asked.
import type { PruneBuildCacheAnswer } from "../../../api/build.ts";
import type { PrunePlan } from "../../../api/prune.ts";
import type { Events } from "../../events.ts";
import type { Filters } from "../../filters.ts";
import { pruneFilter } from "../../prune-filters.ts";
import { type PlannedRemoval, PrunePlans } from "../../prune-plans.ts";
import type { CacheMounts } from "./mounts.ts";

/** Clients hand on those of `system prune`; nothing here has labels. */
const LABEL_FILTERS = ["label", "label!"];

export const PRUNE_FILTERS: readonly string[] = [
  ...["id", "type", "unused-for", "until", "private", "shared"],
  ...LABEL_FILTERS,
];

export class CachePruner {
  private readonly caches: CacheMounts;
  private readonly events: Events;
  private readonly plans = new PrunePlans();

  constructor(caches: CacheMounts, events: Events) {
    this.caches = caches;
    this.events = events;
  }

  /** What a prune would remove now, to be carried out later by {@link apply}. */
  async plan(filters: Filters): Promise<PrunePlan> {
    return this.plans.make(await this.candidates(filters));
  }

  async prune(filters: Filters): Promise<PruneBuildCacheAnswer> {
    return this.removeAll(await this.candidates(filters));
  }

  /** Carries out a plan, passing over what has been used since. @throws BerthError notFound */
  async apply(planId: string): Promise<PruneBuildCacheAnswer> {
    const planned = this.plans.take(planId);
    const present = await Promise.all(this.caches.ids().map((id) => this.removalOf(id)));
    return this.removeAll(planned.filter(({ fingerprint }) => present.some((now) => now.fingerprint === fingerprint)));
  }

  private async candidates(filters: Filters): Promise<PlannedRemoval[]> {
    const isPrunable = pruneFilter(filters);
    const records = await Promise.all(this.caches.ids().map((id) => this.caches.record(id)));
    const wanted = records.filter(
      ({ ID, LastUsedAt }) =>
        (!filters.has("id") || filters.values("id").includes(ID)) && isPrunable(LastUsedAt ?? "", {}),
    );
    return Promise.all(wanted.map(({ ID }) => this.removalOf(ID)));
  }

  private async removalOf(id: string): Promise<PlannedRemoval> {
    const { ID, Description, Size, LastUsedAt } = await this.caches.record(id);
    return { item: { ID, Name: Description, Size }, fingerprint: JSON.stringify([ID, LastUsedAt]) };
  }

  private async removeAll(removals: readonly PlannedRemoval[]): Promise<PruneBuildCacheAnswer> {
    const deleted: string[] = [];
    let reclaimed = 0;
    for (const { item } of removals) {
      if (this.caches.isUsed(item.ID)) continue;
      await this.caches.remove(item.ID);
      deleted.push(item.ID);
      reclaimed += item.Size;
    }
    this.events.publish("builder", "prune", "", { reclaimed: String(reclaimed) });
    return { CachesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed };
  }
}
