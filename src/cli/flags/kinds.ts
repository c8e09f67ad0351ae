// Flag types: each call declares one flag.
import { splitPair } from "../../api/pairs.ts";
import { type Flag, type FlagOptions, FlagValueError } from "./flag.ts";
import { parseBoolean, parseBytes, parseDuration, parseInteger } from "./numbers.ts";

const quote = (text: string): string => JSON.stringify(text);

/** Boolean: `--rm`, `--rm=false`. */
export function toggle(description: string, options: FlagOptions & { initial?: boolean } = {}): Flag<boolean> {
  const { initial = false, ...rest } = options;
  const shownDefault = initial ? "true" : undefined;
  return { type: "", description, initial, shownDefault, bare: "true", ...rest, read: parseBoolean };
}

/** Any text; the last value wins. `type` is shown in the help. */
export function text(
  description: string,
  options: FlagOptions & { initial?: string; type?: string } = {},
): Flag<string> {
  const { initial = "", type = "string", ...rest } = options;
  const shownDefault = initial === "" ? undefined : quote(initial);
  return { type, description, initial, shownDefault, ...rest, read: (given) => given };
}

interface IntegerOptions extends FlagOptions {
  type?: string;
  least?: bigint;
  most?: bigint;
}

/** An integer; undefined when not given. */
export function integer(description: string, options: IntegerOptions = {}): Flag<number | undefined> {
  const { type = "int", least, most, ...rest } = options;
  return { type, description, initial: undefined, ...rest, read: (given) => parseInteger(given, least, most) };
}

/** A size in bytes; undefined when not given. `unlimited` accepts "-1". */
export function bytes(
  description: string,
  options: FlagOptions & { unlimited?: boolean } = {},
): Flag<number | undefined> {
  const { unlimited = false, ...rest } = options;
  const read = (given: string): number => (unlimited && given === "-1" ? -1 : parseBytes(given));
  return { type: "bytes", description, initial: undefined, ...rest, read };
}

/** Nanoseconds; undefined when not given. */
export function duration(description: string, options: FlagOptions = {}): Flag<number | undefined> {
  return { type: "duration", description, initial: undefined, shownDefault: "0s", ...options, read: parseDuration };
}

interface ListOptions extends FlagOptions {
  type?: string;
  /** Parses one value; throws FlagValueError when it is invalid. */
  check?: (given: string) => string;
}

/** A repeatable flag. */
export function list(description: string, options: ListOptions = {}): Flag<readonly string[]> {
  const { type = "list", check = (given) => given, ...rest } = options;
  return { type, description, initial: [], ...rest, read: (given, previous) => [...previous, check(given)] };
}

/** One CSV record; a quoted value may contain commas, and doubled quotes mean one quote. */
export function splitCommas(given: string): string[] {
  const values: string[] = [];
  let rest = given;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"(?=,|$)/.exec(rest);
    const value = quoted ? quoted[0] : (/^[^,]*/.exec(rest)?.[0] ?? "");
    if (!quoted && value.includes('"'))
      throw new FlagValueError('parse error on line 1, column 1: bare " in non-quoted-field');
    values.push(quoted?.[1]?.replaceAll('""', '"') ?? value);
    rest = rest.slice(value.length);
    if (rest === "") return values;
    rest = rest.slice(1);
  }
}

/** A repeatable flag whose values are comma-separated lists. */
export function strings(description: string, options: FlagOptions = {}): Flag<readonly string[]> {
  const read = (given: string, previous: readonly string[]) => [
    ...previous,
    ...(given === "" ? [] : splitCommas(given)),
  ];
  return { type: "strings", description, initial: [], ...options, read };
}

/** Repeatable key=value; a key without a value has "". */
export function map(
  description: string,
  options: FlagOptions & { check?: (given: string) => string } = {},
): Flag<Readonly<Record<string, string>>> {
  const { check = (given) => given, ...rest } = options;
  return {
    type: "map",
    description,
    initial: {},
    shownDefault: "map[]",
    ...rest,
    read(given, previous) {
      const [name, value = ""] = splitPair(check(given));
      return { ...previous, [name]: value };
    },
  };
}

/** Repeatable `--filter key=value`; keys are lower-cased. */
export function filter(
  description = "Filter output based on conditions provided",
  options: FlagOptions = {},
): Flag<Readonly<Record<string, readonly string[]>>> {
  return {
    type: "filter",
    description,
    initial: {},
    ...options,
    read(given, previous) {
      if (given === "") return previous;
      const [name, text] = splitPair(given);
      if (text === undefined) throw new FlagValueError("bad format of filter (expected name=value)");
      const [key, value] = [name.trim().toLowerCase(), text.trim()];
      const known = previous[key] ?? [];
      return { ...previous, [key]: known.includes(value) ? known : [...known, value] };
    },
  };
}

const TEMPLATE_HELP = `'json':             Print in JSON format
'TEMPLATE':         Print output using the given Go template.
Refer to https://docs.docker.com/go/formatting/ for more information about formatting output with templates`;

/** `--format` of a command that prints a table. */
export function tableFormat(): Flag<string> {
  return text(`Format output using a custom template:
'table':            Print output in table format with column headers (default)
'table TEMPLATE':   Print output in table format using the given Go template
${TEMPLATE_HELP}`);
}

/** `--format` of a command that prints objects. */
export function objectFormat(options: FlagOptions = { short: "f" }): Flag<string> {
  return text(`Format output using a custom template:\n${TEMPLATE_HELP}`, options);
}
