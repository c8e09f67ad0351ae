// The filters that every prune understands: `until` and labels to have or not to have.
import { parseTimestamp } from "../api/time.ts";
import type { Filters } from "./filters.ts";

export const pruneFilterKeys: readonly string[] = ["label", "label!", "until"];

/** Tells of something's creation (RFC 3339) and labels whether it may be pruned. @throws BerthError invalidParameter */
export function pruneFilter(
  filters: Filters,
): (created: string, labels: Readonly<Record<string, string>> | null | undefined) => boolean {
  const until = filters.moment("until");
  return (created, labels) => {
    if (until !== undefined && (parseTimestamp(created) ?? 0n) >= until) return false;
    return filters.labels("label", labels) && !(filters.has("label!") && filters.labels("label!", labels));
  };
}
