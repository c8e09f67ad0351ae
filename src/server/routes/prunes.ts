// Prunes of every kind of object: at once, as a plan (`dryRun`), or a plan carried out (`plan`).
import type { FilterFields } from "../../api/filters.ts";
import type { PrunePlan } from "../../api/prune.ts";
import type { Pruned, Pruner } from "../../engine/index.ts";
import { json, queryFlag, type Reply } from "../exchange.ts";

/** @param answerOf Docker's answer, which names the removed objects differently for each kind */
export async function pruneReply<Removed>(
  pruner: Pruner<Removed>,
  filters: FilterFields,
  query: URLSearchParams,
  answerOf: (pruned: Pruned<Removed>) => object,
): Promise<Reply> {
  const plan = query.get("plan") ?? "";
  if (plan !== "") return json(answerOf(await pruner.apply(plan)));
  if (!queryFlag(query, "dryRun")) return json(answerOf(await pruner.prune(filters)));
  const { id, objects } = await pruner.plan(filters);
  const answer: PrunePlan = {
    ID: id,
    Items: objects.map(({ id, name, size }) => ({ ID: id, Name: name, Size: size })),
  };
  return json(answer);
}

/** Docker's daemon writes an empty list as null. */
export const orNull = <T>(list: readonly T[]): T[] | null => (list.length > 0 ? [...list] : null);
