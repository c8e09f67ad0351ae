// The filters of every prune: `until`, `label` and `label!`.
import { parseTimestamp } from "../api/time.ts";
import type { Filters } from "./filters.ts";

export const pruneFilterKeys: readonly string[] = ["label", "label!", "until"];

/** Decides by creation time (RFC 3339) and labels. @throws BerthError invalidParameter */
export function pruneFilter(
  filters: Filters,
): (created: string, labels: Readonly<Record<string, string>> | null | undefined) => boolean {
  const until = filters.moment("until");
  return (created, labels) => {
    if (until !== undefined && (parseTimestamp(created) ?? 0n) >= until) return false;
    return filters.labels("label", labels) && !(filters.has("label!") && filters.labels("label!", labels));
  };
}
