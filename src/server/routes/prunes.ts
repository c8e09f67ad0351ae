// Prunes of every kind of object: at once, as a plan (`dryRun`), or a plan carried out (`plan`).
import type { FilterFields } from "../../api/filters.ts";
import type { Pruner } from "../../engine/index.ts";
import { json, queryFlag, type Reply } from "../exchange.ts";

export async function pruneReply<Answer>(
  pruner: Pruner<Answer>,
  filters: FilterFields,
  query: URLSearchParams,
): Promise<Reply> {
  const plan = query.get("plan") ?? "";
  if (plan !== "") return json(await pruner.apply(plan));
  return json(await (queryFlag(query, "dryRun") ? pruner.plan(filters) : pruner.prune(filters)));
}
