// Pruning as front ends see it: at once, or as a plan that is shown first and carried out later.
import { type FilterFields, Filters } from "./filters.ts";

/** An object that a prune would remove. */
export interface PlannedObject {
  id: string;
  /** Its name for people; "" if it has none. */
  name: string;
  /** Bytes that removing it frees. */
  size: number;
}

export interface PrunePlan {
  /** Valid for an hour and until the engine restarts. */
  id: string;
  objects: PlannedObject[];
}

export interface Pruned<Removed> {
  removed: Removed[];
  /** Bytes. */
  reclaimed: number;
}

/** @typeParam Removed the report about a removed object */
export interface Pruner<Removed> {
  /** @throws BerthError invalidParameter for an unknown filter */
  prune(filters: FilterFields): Pruned<Removed> | Promise<Pruned<Removed>>;
  /** What a prune would remove; nothing is removed. @throws BerthError invalidParameter for an unknown filter */
  plan(filters: FilterFields): PrunePlan | Promise<PrunePlan>;
  /** Carries out a plan, skipping what has changed since. @throws BerthError notFound */
  apply(planId: string): Pruned<Removed> | Promise<Pruned<Removed>>;
}

interface FilteredPruner<Removed> {
  prune(filters: Filters): Pruned<Removed> | Promise<Pruned<Removed>>;
  plan(filters: Filters): PrunePlan | Promise<PrunePlan>;
  apply(planId: string): Pruned<Removed> | Promise<Pruned<Removed>>;
}

/** A pruner that refuses unknown filters. */
export function acceptingFilters<Removed>(pruner: FilteredPruner<Removed>, keys: readonly string[]): Pruner<Removed> {
  return {
    prune: (fields) => pruner.prune(Filters.of(fields, keys)),
    plan: (fields) => pruner.plan(Filters.of(fields, keys)),
    apply: (planId) => pruner.apply(planId),
  };
}
