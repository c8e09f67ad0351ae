// Environment variables as lists of "NAME=value", the form of configurations.
import { splitPair } from "./pairs.ts";

export function variableName(entry: string): string {
  return splitPair(entry)[0];
}

/** The name and value of an entry; an entry without "=" has the value "". */
export function splitVariable(entry: string): [name: string, value: string] {
  const [name, value = ""] = splitPair(entry);
  return [name, value];
}

export function variableNames(entries: readonly string[]): Set<string> {
  return new Set(entries.map(variableName));
}

/** `own` and then what only `inherited` has, as a container's variables come before its image's. */
export function inheritVariables(own: readonly string[], inherited: readonly string[]): string[] {
  const names = variableNames(own);
  return [...own, ...inherited.filter((entry) => !names.has(variableName(entry)))];
}

/** `overrides` replace entries of the same name in place, add new ones at the end, and remove when they have no "=". */
export function overrideVariables(base: readonly string[], overrides: readonly string[]): string[] {
  const merged = new Map(base.map((entry) => [variableName(entry), entry]));
  for (const entry of overrides) {
    if (entry.includes("=")) merged.set(variableName(entry), entry);
    else merged.delete(entry);
  }
  return [...merged.values()];
}
