// Parses times on the command line: "10m" (ago), dates with or without a time, seconds since 1970.

import { CommandError } from "./failure.ts";
import { parseDuration } from "./flags/numbers.ts";

const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d)(?::(\d\d))?(?::(\d\d))?(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:\d\d)?$/;
const UNIX_TIME = /^-?\d+(?:\.\d+)?$/;

/** Seconds with nine decimals, the API's format. */
function seconds(milliseconds: number, fraction = ""): string {
  return `${Math.floor(milliseconds / 1000)}.${fraction.padEnd(9, "0")}`;
}

function duration(text: string): number | undefined {
  if (text === "0") return undefined;
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

/** A date or a date and time; in the local zone by default. */
function calendarTime(text: string): string | undefined {
  if (DATE.test(text)) return seconds(new Date(`${text}T00:00:00`).getTime());
  const parts = DATE_TIME.exec(text);
  if (!parts) return undefined;
  const [, day, hour, minute = "00", second = "00", fraction = "", zone = ""] = parts;
  const milliseconds = Date.parse(`${day}T${hour}:${minute}:${second}${zone.toUpperCase()}`);
  return Number.isNaN(milliseconds) ? undefined : seconds(milliseconds, fraction);
}

/**
 * The value of the API's `since` and `until`; "" gives undefined. @throws CommandError in Docker's words with the
 * flag's name
 */
export function readPointInTime(text: string, flag?: "since" | "until"): string | undefined {
  if (text === "") return undefined;
  const ago = duration(text);
  if (ago !== undefined) return String(Math.floor((Date.now() - ago / 1e6) / 1000));
  const time = calendarTime(text);
  if (time !== undefined) return time;
  if (UNIX_TIME.test(text)) return text;
  const problem = `failed to parse value as time or duration: ${JSON.stringify(text)}`;
  throw new CommandError(flag === undefined ? problem : `invalid value for ${JSON.stringify(flag)}: ${problem}`);
}
