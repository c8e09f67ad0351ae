// Times: on the wire RFC 3339 with up to nine decimals, as Go prints them; internally nanoseconds since 1970.

/** Go's zero time, which the API shows for "never". */
export const NEVER = "0001-01-01T00:00:00Z";

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** CLOCK_REALTIME in nanoseconds since 1970. Date.now() has milliseconds only, performance.now() is another clock. */
export function nowNanoseconds(): bigint {
  return Temporal.Now.instant().epochNanoseconds;
}

/** "2026-11-21T09:00:00.123456Z": without trailing zeros of the fraction, as in Go's RFC3339Nano. */
export function formatTimestamp(nanoseconds: bigint): string {
  const milliseconds = Number(nanoseconds / NANOSECONDS_PER_MILLISECOND);
  const fraction = (nanoseconds % 1_000_000_000n).toString().padStart(9, "0").replace(/0+$/, "");
  const seconds = new Date(milliseconds).toISOString().slice(0, 19);
  return fraction === "" ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}

/** Parses RFC 3339 with any number of decimals and any offset; undefined for anything else. */
export function parseTimestamp(text: string): bigint | undefined {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i.exec(text);
  if (!parts) return undefined;
  const [, whole, fraction = "", zone] = parts;
  const milliseconds = Date.parse(`${whole}${zone}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * NANOSECONDS_PER_MILLISECOND + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

/** The current time in the API's format. */
export function timestampNow(): string {
  return formatTimestamp(nowNanoseconds());
}

/** Reads a query's `since` or `until`: seconds since 1970 with an optional fraction ("1700000000.5"). */
export function parseUnixTime(text: string): bigint | undefined {
  const parts = /^(-?\d+)(?:\.(\d{1,9})\d*)?$/.exec(text);
  if (!parts) return undefined;
  const [, seconds = "0", fraction = ""] = parts;
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}

const nanosecondsOfUnit: Record<string, number> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Parses a Go duration such as "1h30m" or "1.5s" into nanoseconds; undefined for anything else. */
export function parseDuration(text: string): bigint | undefined {
  if (text === "0") return 0n;
  const parts = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(text);
  if (!parts) return undefined;
  let total = 0;
  for (const [, amount, unit = ""] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (nanosecondsOfUnit[unit] ?? 0);
  }
  return BigInt(Math.round(parts[1] === "-" ? -total : total));
}

/** Milliseconds as Go writes a duration: "1m30s", "1.5s", "500ms". */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  const seconds = (milliseconds % 60_000) / 1000;
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${seconds}s`;
}

/**
 * Parses the times that filters accept: seconds since 1970, RFC 3339, a date with or without a time of day (UTC), or a
 * duration before now. Nanoseconds since 1970; undefined for anything else.
 */
export function parseMoment(text: string): bigint | undefined {
  const exact = parseUnixTime(text) ?? parseTimestamp(text);
  if (exact !== undefined) return exact;
  const parts = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?(Z?)$/.exec(text);
  if (parts) return parseTimestamp(`${parts[1]}T${parts[2] ?? "00:00"}${parts[3] ?? ":00"}Z`);
  const duration = parseDuration(text);
  return duration === undefined ? undefined : nowNanoseconds() - duration;
}
