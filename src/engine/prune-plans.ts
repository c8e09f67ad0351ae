// The plans of prunes that were asked for with a dry run: what was shown, and how each thing looked then.
import { randomUUID } from "node:crypto";
import { BerthError } from "../api/errors.ts";
import type { PrunePlan, PrunePlanItem } from "../api/prune.ts";

const KEPT_MS = 60 * 60 * 1000;
const MOST_KEPT = 100;

/** One thing to be removed. */
export interface PlannedRemoval {
  item: PrunePlanItem;
  /** Says everything that matters about the thing: when it differs later, the thing has changed. */
  fingerprint: string;
}

export class PrunePlans {
  private readonly plans = new Map<string, { removals: readonly PlannedRemoval[]; made: number }>();

  make(removals: readonly PlannedRemoval[]): PrunePlan {
    this.forgetOld();
    const id = randomUUID();
    this.plans.set(id, { removals, made: Date.now() });
    return { ID: id, Items: removals.map(({ item }) => item) };
  }

  /** The plan's removals; it can be carried out once. @throws BerthError notFound */
  take(id: string): readonly PlannedRemoval[] {
    this.forgetOld();
    const plan = this.plans.get(id);
    if (!plan) throw new BerthError("notFound", `No such prune plan: ${id}`);
    this.plans.delete(id);
    return plan.removals;
  }

  private forgetOld(): void {
    const oldest = Date.now() - KEPT_MS;
    for (const [id, { made }] of this.plans) {
      if (made < oldest || this.plans.size > MOST_KEPT) this.plans.delete(id);
    }
  }
}
