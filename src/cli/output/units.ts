// Sizes, durations and times in Docker's formats.

const DECIMAL = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

/** Go's %.Ng: N significant digits without trailing zeros. */
function significant(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  if (text.includes("e"))
    return Number(text)
      .toExponential()
      .replace(/e([+-])(\d)$/, "e$10$2");
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function scaled(bytes: number, base: number, units: readonly string[], digits: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return `${significant(value, digits)}${units[unit] ?? ""}`;
}

/** "1.98MB": for images, disk usage and prune. `digits` is 3 in tables, otherwise 4. */
export function humanSize(bytes: number, digits = 4): string {
  return scaled(bytes, 1000, DECIMAL, digits);
}

/** "24.5MiB": for memory. */
export function binarySize(bytes: number): string {
  return scaled(bytes, 1024, BINARY, 4);
}

/** "About a minute", "3 weeks": Docker's coarse durations. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(milliseconds / 3_600_000);
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(milliseconds / 3_600_000 / 24 / 365)} years`;
}

/** "5 minutes ago"; takes milliseconds since 1970. */
export function timeAgo(milliseconds: number): string {
  return `${humanDuration(Date.now() - milliseconds)} ago`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** "+0200" */
function zoneOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const magnitude = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${twoDigits(Math.floor(magnitude / 60))}${twoDigits(magnitude % 60)}`;
}

function zoneName(date: Date): string {
  if (date.getTimezoneOffset() === 0) return "UTC";
  return /\(([A-Z]{2,5})\)/.exec(date.toString())?.[1] ?? zoneOffset(date);
}

function wallClock(date: Date): string {
  const year = String(date.getFullYear()).padStart(4, "0");
  const day = `${year}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
  return `${day} ${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}`;
}

/** "2026-11-21 09:59:05 +0000 UTC": Go's default time format, in the local zone. */
export function goTime(secondsSince1970: number): string {
  const date = new Date(secondsSince1970 * 1000);
  return `${wallClock(date)} ${zoneOffset(date)} ${zoneName(date)}`;
}

/** The same for an API time, with its decimals and in UTC ("2026-11-21 09:24:18.57 +0000 UTC"). */
export function goTimeOfTimestamp(timestamp: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(timestamp);
  if (!parts) return timestamp;
  const [, day, time, fraction = "", zone = "Z"] = parts;
  const shown = fraction.replace(/\.?0+$/, "");
  return `${day} ${time}${shown} ${zone === "Z" ? "+0000 UTC" : `${zone.replace(":", "")} ${zone.replace(":", "")}`}`;
}

/** RFC 3339 without decimals: "2026-11-21T09:24:55Z" or with the local offset. */
export function localTimestamp(secondsSince1970: number): string {
  const date = new Date(secondsSince1970 * 1000);
  const offset = date.getTimezoneOffset() === 0 ? "Z" : zoneOffset(date).replace(/(\d\d)$/, ":$1");
  return `${wallClock(date).replace(" ", "T")}${offset}`;
}

/** RFC 3339 with nanoseconds: "2026-11-21T10:47:33.680453962Z" or with the local offset. */
export function localNanoTimestamp(nanosecondsSince1970: bigint): string {
  const seconds = nanosecondsSince1970 / 1_000_000_000n;
  const fraction = (nanosecondsSince1970 % 1_000_000_000n).toString().padStart(9, "0");
  return localTimestamp(Number(seconds)).replace(/(?=Z$|[+-]\d\d:\d\d$)/, `.${fraction}`);
}

/** The short ID: the first twelve digits. */
export function shortId(id: string): string {
  const digits = id.startsWith("sha256:") ? id.slice("sha256:".length) : id;
  return digits.slice(0, 12);
}

/** Truncates to `width` columns, with an ellipsis. */
export function ellipsis(text: string, width: number): string {
  if (text.length <= width) return text;
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
}
