// Formats numbers and times in the page's language.
import { language } from "../texts/index.ts";

const units = ["B", "kB", "MB", "GB", "TB"] as const;

/** "12.3 MB"; units are powers of 1000, as Docker's. */
export function bytes(count: number): string {
  let value = Math.max(0, count);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toPrecision(3)} ${units[unit]}`;
}

const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** The page's language with the browser's region: "en-GB" for "en". */
const locale = (): string => navigator.languages.find((tag) => tag.split("-")[0] === language.value) ?? language.value;

/** Formats are expensive to create and used for each row. */
function perLocale<T>(create: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const format = known.get(name) ?? create(name);
    known.set(name, format);
    return format;
  };
}

const relativeFormat = perLocale((name) => new Intl.RelativeTimeFormat(name, { numeric: "auto" }));
const momentFormat = perLocale((name) => new Intl.DateTimeFormat(name, { dateStyle: "medium", timeStyle: "medium" }));

/** "3 hours ago". */
export function ago(time: Date): string {
  const seconds = Math.max(0, (Date.now() - time.getTime()) / 1000);
  const [unit, length] = steps.find(([, size]) => seconds >= size) ?? ["second", 1];
  return relativeFormat(locale()).format(-Math.floor(seconds / length), unit);
}

export const moment = (time: Date): string => momentFormat(locale()).format(time);

/** The first twelve digits of an ID, without the digest algorithm. */
export const shortId = (id: string): string => id.replace(/^sha256:/, "").slice(0, 12);

const MAX_LISTED = 5;

/** Names for a sentence: the first ones, and the number of further ones. */
export function shortList(names: readonly string[]): string {
  const further = names.length - MAX_LISTED;
  return `${names.slice(0, MAX_LISTED).join(", ")}${further > 0 ? ` +${further}` : ""}`;
}
