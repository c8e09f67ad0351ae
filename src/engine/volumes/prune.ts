// `volume prune`: removes unused anonymous volumes, or with `all` all unused ones; supports dry runs.
import { BerthError } from "../../api/errors.ts";
import { directorySize } from "../../storage/disk-usage.ts";
import type { Events } from "../events.ts";
import type { Filters } from "../filters.ts";
import { type PlannedRemoval, PrunePlans } from "../prune-plans.ts";
import type { Pruned, PrunePlan } from "../pruner.ts";
import { isAnonymous } from "./anonymous.ts";
import { needsMount } from "./local-driver.ts";
import type { VolumeRecord } from "./volume-store.ts";

export const PRUNE_FILTERS: readonly string[] = ["all", "label", "label!"];

export interface VolumePruneHost {
  events: Events;
  /** Every volume, by name. */
  all(): VolumeRecord[];
  find(name: string): VolumeRecord | undefined;
  isUsed(name: string): boolean;
  directoryOf(name: string): string;
  remove(name: string): Promise<void>;
}

export class VolumePruner {
  private readonly host: VolumePruneHost;
  private readonly plans = new PrunePlans();
  private pruning = false;

  constructor(host: VolumePruneHost) {
    this.host = host;
  }

  /** Plans a prune that {@link apply} can carry out later. @throws BerthError for an invalid filter */
  async plan(filters: Filters): Promise<PrunePlan> {
    const removals = await Promise.all(this.candidates(filters).map((volume) => this.removalOf(volume)));
    return this.plans.make(removals);
  }

  /** @throws BerthError conflict while another prune runs, invalidParameter for an invalid filter value */
  async prune(filters: Filters): Promise<Pruned<string>> {
    return this.removeAll(this.candidates(filters), () => true);
  }

  /** Carries out a plan, skipping volumes that have changed since. @throws BerthError notFound, conflict */
  async apply(planId: string): Promise<Pruned<string>> {
    const planned = new Map(this.plans.take(planId).map(({ object, fingerprint }) => [object.id, fingerprint]));
    const left = [...planned.keys()].flatMap((name) => this.host.find(name) ?? []);
    return this.removeAll(left, ({ object, fingerprint }) => planned.get(object.id) === fingerprint);
  }

  private candidates(filters: Filters): VolumeRecord[] {
    const all = filters.flag("all") === true;
    return this.host.all().filter((volume) => {
      const { name, labels, options } = volume;
      if (!(all || isAnonymous(volume)) || needsMount(options ?? {}) || this.host.isUsed(name)) return false;
      const excluded = filters.has("label!") && filters.labels("label!", labels);
      return !excluded && filters.labels("label", labels);
    });
  }

  private async removalOf({ name, created }: VolumeRecord): Promise<PlannedRemoval> {
    const size = (await directorySize(this.host.directoryOf(name))) ?? 0;
    return { object: { id: name, name, size }, fingerprint: JSON.stringify([created, size]) };
  }

  private async removeAll(
    volumes: readonly VolumeRecord[],
    mayGo: (removal: PlannedRemoval) => boolean,
  ): Promise<Pruned<string>> {
    if (this.pruning) throw new BerthError("conflict", "a prune operation is already running");
    this.pruning = true;
    const removed: string[] = [];
    let reclaimed = 0;
    try {
      for (const volume of volumes) {
        const removal = await this.removalOf(volume);
        // It may have been used or removed while it was measured.
        const isStill = this.host.find(volume.name) === volume && !this.host.isUsed(volume.name);
        if (!isStill || !mayGo(removal)) continue;
        await this.host.remove(volume.name);
        removed.push(volume.name);
        reclaimed += removal.object.size;
      }
    } finally {
      this.pruning = false;
    }
    this.host.events.publish("volume", "prune", "", { reclaimed: String(reclaimed) });
    return { removed, reclaimed };
  }
}
