// Parses durations and sizes of Compose files, and prints them as Go does.
import { parseSize, SizeError } from "../../api/sizes.ts";
import { ComposeError } from "./compose-error.ts";

const UNITS: Readonly<Record<string, number>> = {
  w: 7 * 24 * 3600e9,
  d: 24 * 3600e9,
  h: 3600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  ns: 1,
};

/**
 * Parses "1m30s", "1.5s", "2d" to nanoseconds.
 * @throws ComposeError
 */
export function parseDuration(text: string): number {
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0;
  const parts = [...rest.matchAll(/(\d+\.?\d*|\.\d+)(ms|us|µs|ns|[wdhms])/g)];
  if (rest === "" || parts.map(([whole]) => whole).join("") !== rest) {
    throw new ComposeError(`time: invalid duration ${JSON.stringify(text)}`);
  }
  const total = parts.reduce((sum, [, number, unit = ""]) => sum + Number(number) * (UNITS[unit] ?? 0), 0);
  return Math.round(sign === "-" ? -total : total);
}

/** Prints nanoseconds as Go does: "1h30m0s", "1.5s", "300ms". */
export function shownDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 0) return `-${shownDuration(-nanoseconds)}`;
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const hours = Math.floor(nanoseconds / 3600e9);
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9);
  const seconds = `${Number(((nanoseconds % 60e9) / 1e9).toFixed(9))}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/**
 * Parses "64m", "1.5GiB", "512", "-1" to bytes; every suffix is a power of 1024.
 * @throws ComposeError
 */
export function parseBytes(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  try {
    return parseSize(text);
  } catch (thrown) {
    if (thrown instanceof SizeError) throw new ComposeError(thrown.message);
    throw thrown;
  }
}
