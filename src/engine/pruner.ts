// Pruning as front ends see it: at once, or as a plan that is shown first and carried out later.
import type { FilterFields } from "../api/filters.ts";
import type { PrunePlan } from "../api/prune.ts";
import { Filters } from "./filters.ts";

export interface Pruner<Answer> {
  /** @throws BerthError invalidParameter for an unknown filter */
  prune(filters: FilterFields): Answer | Promise<Answer>;
  /** What a prune would remove; nothing is removed. @throws BerthError invalidParameter for an unknown filter */
  plan(filters: FilterFields): PrunePlan | Promise<PrunePlan>;
  /** Carries out a plan, skipping what has changed since. @throws BerthError notFound */
  apply(planId: string): Answer | Promise<Answer>;
}

interface FilteredPruner<Answer> {
  prune(filters: Filters): Answer | Promise<Answer>;
  plan(filters: Filters): PrunePlan | Promise<PrunePlan>;
  apply(planId: string): Answer | Promise<Answer>;
}

/** A pruner that refuses unknown filters. */
export function acceptingFilters<Answer>(pruner: FilteredPruner<Answer>, keys: readonly string[]): Pruner<Answer> {
  return {
    prune: (fields) => pruner.prune(Filters.of(fields, keys)),
    plan: (fields) => pruner.plan(Filters.of(fields, keys)),
    apply: (planId) => pruner.apply(planId),
  };
}
