// Attributes of log lines: the labels and variables selected by the driver's options, and the tag.
import { splitVariable } from "../../../api/environment.ts";
import { regularExpression } from "../../regular-expression.ts";
import type { ContainerSpec } from "../record.ts";
import type { LogOptions } from "./options.ts";
import { tagOf } from "./tag.ts";

export const METADATA_OPTIONS = ["labels", "labels-regex", "env", "env-regex", "tag"];
const PATTERNS = ["labels-regex", "env-regex"];

/** @throws BerthError invalidParameter for a malformed regular expression */
export function checkPatterns(options: LogOptions): void {
  for (const name of PATTERNS) regularExpression(options[name] ?? "");
}

/** The labels and variables that the options select, and the tag if there is one, sorted by name. */
export function logAttributes(spec: ContainerSpec): [string, string][] {
  const options = spec.hostConfig.log.options;
  const variables = (spec.config.env ?? []).map(splitVariable);
  const found: [string, string][] = [
    ...named(Object.entries(spec.config.labels), options.labels, options["labels-regex"]),
    ...named(variables, options.env, options["env-regex"]),
    ...(options.tag ? [["tag", tagOf(spec, options)] satisfies [string, string]] : []),
  ];
  return [...new Map(found)].sort(([left], [right]) => (left < right ? -1 : 1));
}

/** "key=value,key=value" with escapes, by key: what `logs --details` shows. */
export function logDetails(spec: ContainerSpec): string {
  return logAttributes(spec)
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .join(",");
}

/** As in a query string, so that commas and equals signs are separators only. */
const escaped = (text: string): string => encodeURIComponent(text).replaceAll("%20", "+");

/** The entries whose name is in the list or matches the pattern. */
function named(entries: readonly [string, string][], names = "", pattern = ""): [string, string][] {
  const wanted = new Set(names.split(","));
  const expression = pattern === "" ? undefined : regularExpression(pattern);
  return entries.filter(([name]) => name !== "" && (wanted.has(name) || expression?.test(name)));
}
