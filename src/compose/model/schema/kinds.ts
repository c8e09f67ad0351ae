// Value types of attributes.
import { splitPair } from "../../../api/pairs.ts";
import { ComposeError } from "../compose-error.ts";
import { toBoolean } from "../interpolate.ts";
import { parseBytes, parseDuration, shownDuration } from "../quantities.ts";
import { shellWords } from "../shell-words.ts";
import { isMapping, scalarText, type Value } from "../value.ts";
import {
  complaint,
  isOfType,
  type JsonType,
  list,
  reading,
  record,
  type Schema,
  typeComplaint,
  union,
} from "./schema.ts";

/** A value of some JSON types with a further check. */
function scalar<T>(
  types: readonly JsonType[],
  read: (value: Value) => T,
  refuse: (value: Value) => string | undefined = () => undefined,
): Schema<T> {
  const wrongType = typeComplaint(...types);
  return {
    check(value) {
      if (!types.some((type) => isOfType(value, type))) return wrongType;
      const words = refuse(value);
      return words === undefined ? [] : [complaint(words)];
    },
    read: (value, path) => reading(path, () => read(value)),
  };
}

export const text = scalar(["string"], scalarText);

export const nothing = scalar(["null"], () => null);

export const textOrInteger = scalar(["integer", "string"], scalarText);

export function oneOf(...allowed: string[]): Schema<string> {
  const shown = allowed.map((value) => `'${value}'`).join(", ");
  const words = allowed.length === 1 ? `value must be ${shown}` : `value must be one of ${shown}`;
  return scalar(["string"], scalarText, (value) => (allowed.includes(scalarText(value)) ? undefined : words));
}

export function matching(pattern: RegExp): Schema<string> {
  return scalar(["string"], scalarText, (value) =>
    pattern.test(scalarText(value)) ? undefined : `'${scalarText(value)}' does not match pattern '${pattern.source}'`,
  );
}

function readInteger(value: Value): number {
  if (typeof value === "number") return Math.trunc(value);
  const written = scalarText(value);
  if (!/^[+-]?\d+$/.test(written)) {
    throw new ComposeError(`strconv.ParseInt: parsing ${JSON.stringify(written)}: invalid syntax`);
  }
  return Number(written);
}

function readNumber(value: Value): number {
  const number = typeof value === "number" ? value : Number(scalarText(value) || Number.NaN);
  if (Number.isNaN(number)) {
    throw new ComposeError(`strconv.ParseFloat: parsing ${JSON.stringify(scalarText(value))}: invalid syntax`);
  }
  return number;
}

const between =
  (least: number, most: number) =>
  (value: Value): string | undefined => {
    if (typeof value !== "number") return undefined;
    if (value < least) return `must be greater than or equal to ${least}`;
    return value > most ? `must be less than or equal to ${most}` : undefined;
  };

/** An integer, also as text; JSON schema's "number" where the specification has it. */
export const integer = scalar(["integer", "string"], readInteger);
export const looseInteger = scalar(["number", "string"], readInteger);
export const wholeNumber = scalar(["integer"], readInteger);
export const number = scalar(["number", "string"], readNumber);
export const plainNumber = scalar(["number"], readInteger);

/** An integer of at least `least`. */
export const integerFrom = (least: number): Schema<number> =>
  scalar(["integer"], readInteger, between(least, Number.POSITIVE_INFINITY));

export function integerBetween(least: number, most = Number.POSITIVE_INFINITY): Schema<number> {
  const bounded = scalar(["integer"], readInteger, between(least, most));
  return union([text, bounded], (value, path) => reading(path, () => readInteger(value)));
}

export const flag = scalar(["boolean", "string"], (value) =>
  typeof value === "boolean" ? value : toBoolean(scalarText(value), () => undefined),
);

export const strictFlag = scalar(["boolean"], (value) => value === true);

/** A flag that defaults to true: only false appears in the output. */
export const optOut: Schema<false | undefined> = scalar(["boolean", "string"], (value) =>
  value === false || scalarText(value).toLowerCase() === "false" ? false : undefined,
);

export const textOrFlag = scalar(["string", "boolean"], scalarText);

/** Bytes as decimal text; 0 means no limit. */
function readBytes(value: Value): string {
  const count = typeof value === "number" ? Math.trunc(value) : parseBytes(scalarText(value));
  return count === 0 ? "" : String(count);
}

export const bytes = scalar(["number", "string"], readBytes);

export const textBytes = scalar(["string"], readBytes);

/** A duration in Go's format. */
export const duration = scalar(["string"], (value) => shownDuration(parseDuration(scalarText(value))));

/** Permissions as octal text. */
export const fileMode = scalar(["number", "string"], (value) => {
  const mode = typeof value === "number" ? value : Number.parseInt(scalarText(value), 8);
  if (Number.isNaN(mode)) {
    throw new ComposeError(`strconv.ParseInt: parsing ${JSON.stringify(scalarText(value))}: invalid syntax`);
  }
  return `0${mode.toString(8)}`;
});

export const texts = list(text);
export const uniqueTexts = list(text, { isUnique: true });

const textsOf = (value: Value): string[] => (Array.isArray(value) ? value.map(scalarText) : [scalarText(value)]);

export const textOrTexts = union([text, uniqueTexts], textsOf);
export const textOrAnyTexts = union([text, texts], textsOf);
export const textsOrNumbers = list(scalar(["string", "number"], scalarText), { isUnique: true });

const anyScalar = scalar(["string", "number", "boolean", "null"], scalarText);
const listOrMappingForms = [record(anyScalar), uniqueTexts];

function sortedEntries<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** key=value pairs, where a key alone has an empty value. */
export const pairs: Schema<Readonly<Record<string, string>>> = union(listOrMappingForms, (value) => {
  if (isMapping(value)) return sortedEntries(Object.entries(value).map(([key, entry]) => [key, scalarText(entry)]));
  const items = Array.isArray(value) ? value : [];
  return sortedEntries(items.map((item) => splitPair(scalarText(item))).map(([key, value = ""]) => [key, value]));
});

/** key=value pairs; a key alone is null until its value is resolved. */
export const variables: Schema<Readonly<Record<string, string | null>>> = union(listOrMappingForms, (value, path) => {
  if (isMapping(value)) {
    return sortedEntries(
      Object.entries(value).map(([key, entry]): [string, string | null] => [
        key,
        entry === null ? null : scalarText(entry),
      ]),
    );
  }
  const items = Array.isArray(value) ? value : [];
  return sortedEntries(
    items.map((item, index): [string, string | null] => {
      const [key, written] = splitPair(scalarText(item));
      if (/\s$/.test(key)) {
        const at = [...path, String(index)];
        throw new ComposeError(`environment variable ${key} is declared with a trailing space`, at);
      }
      return [key, written ?? null];
    }),
  );
});

/** Options passed to a driver unchanged. */
export const driverOptions = record(scalar(["string", "number"], scalarText));
export const nullableOptions = record(scalar(["string", "number", "null"], scalarText));
export const anyOptions: Schema<Readonly<Record<string, string>>> = {
  check: (value) => (isMapping(value) ? [] : typeComplaint("object")),
  read: (value) =>
    sortedEntries(isMapping(value) ? Object.entries(value).map(([key, entry]) => [key, scalarText(entry)]) : []),
};

/** Arguments of a command; null when the attribute is absent. */
export const command: Schema<readonly string[] | null> = union([nothing, text, texts], (value, path) => {
  if (value === null) return null;
  return Array.isArray(value) ? value.map(scalarText) : reading(path, () => shellWords(scalarText(value)));
});

/** A "host=address" entry for each address of each host. */
export const extraHosts: Schema<readonly string[]> = union(
  [record(union([text, texts], textsOf)), uniqueTexts],
  (value, path) => {
    const written = isMapping(value)
      ? Object.entries(value).flatMap(([host, of]) => textsOf(of).map((address) => ({ host, address })))
      : textsOf(value).flatMap((entry) => {
          const [, host, addresses] = /^([^=]*)=(.*)$/.exec(entry) ?? /^([^:]*):(.*)$/.exec(entry) ?? [];
          if (host === undefined || addresses === undefined) {
            throw new ComposeError(`invalid additional host, missing IP: ${entry}`, path);
          }
          return addresses.split(",").map((address) => ({ host, address }));
        });
    for (const { host } of written) {
      if (host === "" || /[:=]/.test(host)) throw new ComposeError(`bad host name '${host}'`, path);
    }
    return written.map(({ host, address }) => `${host}=${address.replace(/^\[(.+)\]$/, "$1")}`).sort();
  },
);
