// `builder prune` and garbage collection of the build cache, with an optional preview.

import { BerthError } from "../../../api/errors.ts";
import { splitPair } from "../../../api/pairs.ts";
import { parseDuration } from "../../../api/time.ts";
import type { BuildCachePolicy } from "../../config.ts";
import type { Events } from "../../events.ts";
import { Filters } from "../../filters.ts";
import { pruneFilter } from "../../prune-filters.ts";
import { type PlannedRemoval, PrunePlans } from "../../prune-plans.ts";
import type { Pruned, PrunePlan } from "../../pruner.ts";
import { type BuildCache, type CacheBounds, noBounds } from "./build-cache.ts";
import type { CacheEntry } from "./entry.ts";

/** Clients pass on those of `system prune`; cache entries have no labels. */
const LABEL_FILTERS = ["label", "label!"];

export const PRUNE_FILTERS: readonly string[] = [
  ...["id", "type", "description", "inuse", "unused-for", "until", "private", "shared"],
  ...LABEL_FILTERS,
];

export interface CachePruneOptions extends CacheBounds {
  /** Whether to remove entries shared with images, too. */
  all: boolean;
}

export class CachePruner {
  private readonly cache: BuildCache;
  private readonly events: Events;
  private readonly plans = new PrunePlans();

  constructor(cache: BuildCache, events: Events) {
    this.cache = cache;
    this.events = events;
  }

  /** What a prune would remove now, for a later {@link apply}. */
  async plan(filters: Filters, options: CachePruneOptions): Promise<PrunePlan> {
    return this.plans.make((await this.candidates(filters, options.all)).map(removalOf));
  }

  async prune(filters: Filters, options: CachePruneOptions): Promise<Pruned<string>> {
    const candidates = await this.candidates(filters, options.all);
    return this.remove(
      candidates.map(({ id }) => id),
      options,
    );
  }

  /** Applies a plan, skipping entries used since. @throws BerthError notFound */
  async apply(planId: string): Promise<Pruned<string>> {
    const planned = new Set(this.plans.take(planId).map(({ fingerprint }) => fingerprint));
    const present = (await this.cache.list()).map(removalOf);
    const unchanged = present.filter(({ fingerprint }) => planned.has(fingerprint));
    return this.remove(
      unchanged.map(({ object }) => object.id),
      noBounds,
    );
  }

  /** Keeps the cache within the configured bounds. Callers do not wait for the space. */
  async collectGarbage(policies: readonly BuildCachePolicy[]): Promise<void> {
    for (const { all, filters, ...bounds } of policies) {
      const candidates = await this.candidates(filtersOf(filters), all);
      await this.cache.prune({ ids: candidates.map(({ id }) => id), ...bounds });
    }
  }

  private async candidates(filters: Filters, all: boolean): Promise<CacheEntry[]> {
    const isWanted = recordFilter(filters);
    return (await this.cache.list()).filter((record) => (all || !record.shared) && isWanted(record));
  }

  private async remove(ids: readonly string[], bounds: CacheBounds): Promise<Pruned<string>> {
    const removed = await this.cache.prune({ ...bounds, ids });
    const reclaimed = removed.reduce((sum, { size, shared }) => sum + (shared ? 0 : size), 0);
    this.events.publish("builder", "prune", "", { reclaimed: String(reclaimed) });
    return { removed: removed.map(({ id }) => id), reclaimed };
  }
}

/** Each "key=value". @throws BerthError invalidParameter */
function filtersOf(texts: readonly string[]): Filters {
  const fields: Record<string, string[]> = {};
  for (const text of texts) {
    const [key, value = ""] = splitPair(text);
    fields[key] = [...(fields[key] ?? []), value];
  }
  return Filters.of(new Map(Object.entries(fields)), PRUNE_FILTERS);
}

/** @throws BerthError invalidParameter */
function recordFilter(filters: Filters): (record: CacheEntry) => boolean {
  const isOld = pruneFilter(filters);
  const unusedFor = filters.values("unused-for").map(nanoseconds);
  const oneOf = (name: string, value: string): boolean => !filters.has(name) || filters.values(name).includes(value);
  return (record) => {
    const lastUsed = record.lastUsedAt ?? record.createdAt;
    const unused = BigInt(Date.now() - Date.parse(lastUsed)) * 1_000_000n;
    return (
      oneOf("id", record.id) &&
      oneOf("type", record.type) &&
      filters.values("description").every((text) => record.description.includes(text)) &&
      (!filters.has("inuse") || record.inUse) &&
      (!filters.has("shared") || record.shared) &&
      (!filters.has("private") || !record.shared) &&
      unusedFor.every((wanted) => unused >= wanted) &&
      isOld(lastUsed, {})
    );
  };
}

function nanoseconds(text: string): bigint {
  const duration = parseDuration(text);
  if (duration === undefined) throw new BerthError("invalidParameter", `time: invalid duration "${text}"`);
  return duration;
}

function removalOf({ id, description, size, lastUsedAt }: CacheEntry): PlannedRemoval {
  return { object: { id, name: description, size }, fingerprint: JSON.stringify([id, lastUsedAt]) };
}
