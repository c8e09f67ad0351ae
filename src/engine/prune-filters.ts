// The filters that every prune understands: `until` and labels to have or not to have.
import { BerthError } from "../api/errors.ts";
import { nowNanoseconds, parseTimestamp, parseUnixTime } from "../api/time.ts";
import type { Filters } from "./filters.ts";

export const pruneFilterKeys: readonly string[] = ["label", "label!", "until"];

const nanosecondsOfUnit = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["µs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 60e9],
  ["h", 3600e9],
]);

const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/** "1h30m" in nanoseconds, as Go reads durations; undefined when it is none. */
export function parseDuration(text: string): bigint | undefined {
  if (!DURATION.test(text)) return undefined;
  const parts = [...text.matchAll(DURATION_PART)];
  const total = parts.reduce(
    (sum, [, number, unit = ""]) => sum + Number(number) * (nanosecondsOfUnit.get(unit) ?? 0),
    0,
  );
  return BigInt(Math.round(total));
}

/**
 * The time that `until` names, as a duration back from now, RFC 3339 or seconds since 1970; undefined without one.
 * @throws BerthError invalidParameter
 */
export function pruneLimit(filters: Filters): bigint | undefined {
  const [text, ...more] = filters.values("until");
  if (text === undefined) return undefined;
  if (more.length > 0) throw new BerthError("invalidParameter", "more than one until filter specified");
  const duration = parseDuration(text);
  const time = duration === undefined ? (parseUnixTime(text) ?? parseDate(text)) : nowNanoseconds() - duration;
  if (time === undefined)
    throw new BerthError("invalidParameter", `failed to parse value as time or duration: "${text}"`);
  return time;
}

/** RFC 3339, also shortened to a date or without a zone, which then is the local one. */
function parseDate(text: string): bigint | undefined {
  const exact = parseTimestamp(text);
  if (exact !== undefined || !/^\d{4}-\d\d-\d\d/.test(text)) return exact;
  const milliseconds = Date.parse(text.length === 10 ? `${text}T00:00:00` : text);
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * 1_000_000n;
}

/** Whether something of that age (RFC 3339) with those labels may be pruned. */
export function isPrunable(filters: Filters, created: string, labels: Readonly<Record<string, string>>): boolean {
  const limit = pruneLimit(filters);
  if (limit !== undefined && (parseTimestamp(created) ?? 0n) >= limit) return false;
  return filters.labels("label", labels) && !(filters.has("label!") && filters.labels("label!", labels));
}
