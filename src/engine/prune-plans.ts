// Plans of prunes made by a dry run: each object with a fingerprint of its state.
import { randomUUID } from "node:crypto";
import { BerthError } from "../api/errors.ts";
import type { PlannedObject, PrunePlan } from "./pruner.ts";

const KEPT_MS = 60 * 60 * 1000;
const MAX_KEPT = 100;

/** One object to be removed. */
export interface PlannedRemoval {
  object: PlannedObject;
  /** Differs once the object has changed. */
  fingerprint: string;
}

export class PrunePlans {
  private readonly plans = new Map<string, { removals: readonly PlannedRemoval[]; made: number }>();

  make(removals: readonly PlannedRemoval[]): PrunePlan {
    this.forgetOld();
    const id = randomUUID();
    this.plans.set(id, { removals, made: Date.now() });
    return { id, objects: removals.map(({ object }) => object) };
  }

  /** The removals of a plan, which can be carried out once. @throws BerthError notFound */
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
      if (made < oldest || this.plans.size > MAX_KEPT) this.plans.delete(id);
    }
  }
}
