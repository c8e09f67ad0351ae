// The parsed content of a Compose file: plain data, as in YAML and JSON.

export type Value = null | boolean | number | string | Value[] | Mapping;

/** Created by `mapping`, so that `__proto__` is an ordinary key. */
export interface Mapping {
  [key: string]: Value;
}

/** The path of a value: keys and indexes from the root. */
export type Path = readonly string[];

export function mapping(entries: Iterable<readonly [string, Value]> = []): Mapping {
  const made: Mapping = Object.create(null);
  for (const [key, value] of entries) made[key] = value;
  return made;
}

export function isMapping(value: Value | undefined): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The mapping under a key, or an empty one. */
export function mappingAt(parent: Mapping, key: string): Mapping {
  const value = parent[key];
  return isMapping(value) ? value : mapping();
}

/** The text under a key, if it is text. */
export function textAt(parent: Mapping, key: string): string | undefined {
  const value = parent[key];
  return typeof value === "string" ? value : undefined;
}

/** The same mapping with each value replaced. */
export function mapEntries(value: Mapping, replace: (entry: Value, key: string) => Value): Mapping {
  const made = mapping();
  for (const key of Object.keys(value)) made[key] = replace(value[key] ?? null, key);
  return made;
}

/** The same mapping with some entries replaced; undefined removes an entry. */
export function withEntries(value: Mapping, changes: Readonly<Record<string, Value | undefined>>): Mapping {
  const made: Mapping = Object.assign(mapping(), value);
  for (const [key, entry] of Object.entries(changes)) {
    if (entry !== undefined) made[key] = entry;
    else if (key in made) delete made[key];
  }
  return made;
}

/** A scalar in Go's format. */
export function scalarText(value: Value): string {
  return value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The same value with sorted keys, as Go prints maps. */
export function sortedKeys(value: Value): Value {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return mapping(entries.map(([key, entry]): [string, Value] => [key, sortedKeys(entry)]));
}
