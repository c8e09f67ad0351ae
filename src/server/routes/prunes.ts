// How every prune is answered: carried out, shown as a plan that removes nothing, or a plan carried out.
import type { PrunePlan } from "../../api/prune.ts";
import type { Filters } from "../../engine/filters.ts";
import { json, queryFlag, type Reply } from "../exchange.ts";

export interface Pruner<Answer> {
  prune(filters: Filters): Answer | Promise<Answer>;
  plan(filters: Filters): PrunePlan | Promise<PrunePlan>;
  apply(planId: string): Answer | Promise<Answer>;
}

export async function pruneReply<Answer>(
  pruner: Pruner<Answer>,
  filters: Filters,
  query: URLSearchParams,
): Promise<Reply> {
  const plan = query.get("plan") ?? "";
  if (plan !== "") return json(await pruner.apply(plan));
  return json(await (queryFlag(query, "dryRun") ? pruner.plan(filters) : pruner.prune(filters)));
}
