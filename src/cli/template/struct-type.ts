// Go structs of Docker's client, so that `inspect --format` prints and checks fields as Go does: struct fields in order
// with Go's names, maps sorted by key, nil as <nil>, [] or map[].
import { isPlainObject, Mapping, Nil, Ordered, type PlainObject, Shown, Struct } from "./values.ts";

/** A Go type: what a field can contain. */
export type Kind =
  | { kind: "plain"; zero: string | number | boolean }
  | { kind: "any" }
  | { kind: "time" }
  | { kind: "duration" }
  | { kind: "list"; of: Kind }
  | { kind: "map"; of: Kind }
  | { kind: "pointer"; to: Kind }
  | { kind: "struct"; type: StructType };

export interface Field {
  /** The field's name in Go. */
  name: string;
  /** The field's name in JSON. */
  json: string;
  kind: Kind;
  /** Embedded: its fields are promoted, in JSON as well. */
  embedded: boolean;
}

/** A Go struct. */
export interface StructType {
  name: string;
  fields: readonly Field[];
  /** Whether it marshals itself as a map, sorted by key in JSON. */
  isMapInJson?: true;
  /** Whether Go omits its empty fields from JSON (omitempty). */
  omitsEmpty?: true;
}

const PLAIN: Readonly<Record<string, Kind>> = {
  "": { kind: "plain", zero: "" },
  string: { kind: "plain", zero: "" },
  int: { kind: "plain", zero: 0 },
  bool: { kind: "plain", zero: false },
  any: { kind: "any" },
  time: { kind: "time" },
  duration: { kind: "duration" },
};

function kindOf(notation: string, structTypes: Readonly<Record<string, StructType>>): Kind {
  if (notation.startsWith("[]")) return { kind: "list", of: kindOf(notation.slice(2), structTypes) };
  if (notation.startsWith("map[]")) return { kind: "map", of: kindOf(notation.slice(5), structTypes) };
  if (notation.startsWith("*")) return { kind: "pointer", to: kindOf(notation.slice(1), structTypes) };
  const plain = PLAIN[notation];
  if (plain) return plain;
  const type = structTypes[notation];
  if (!type) throw new Error(`unknown struct type ${notation}`);
  return { kind: "struct", type };
}

/**
 * Parses a struct from its fields, in order: `Name`, `Name:int`, `GoName=JsonName:[]string`, `Name:*Other`; `+Other` is
 * a struct embedded under its own name.
 * @param structTypes the structs that fields refer to, by name
 */
export function structType(
  name: string,
  notation: string,
  structTypes: Readonly<Record<string, StructType>> = {},
): StructType {
  const fields = notation
    .trim()
    .split(/\s+/)
    .map((field): Field => {
      if (field.startsWith("+")) {
        const embedded = field.slice(1);
        return { name: embedded, json: "", kind: kindOf(embedded, structTypes), embedded: true };
      }
      const [names = "", kind = ""] = field.split(":");
      const [go = "", json = go] = names.split("=");
      return { name: go, json, kind: kindOf(kind, structTypes), embedded: false };
    });
  return { name, fields: notation.trim() === "" ? [] : fields };
}

function goName(kind: Kind): string {
  switch (kind.kind) {
    case "struct":
      return kind.type.name;
    case "pointer":
      return `*${goName(kind.to)}`;
    default:
      return kind.kind;
  }
}

/** "2026-11-21 09:24:18.57 +0000 UTC": Go's default time format. */
function goTime(timestamp: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)$/.exec(timestamp);
  if (!parts) return timestamp;
  const [, day, time, zone = "Z"] = parts;
  const offset = zone === "Z" ? "+0000 UTC" : `${zone.replace(":", "")} ${zone.replace(":", "")}`;
  return `${day} ${time} ${offset}`;
}

const SECOND = 1_000_000_000;

/** "1h0m0s", "1.5s", "20ms": Go's format of a duration in nanoseconds. */
function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  const magnitude = Math.abs(nanoseconds);
  const sign = nanoseconds < 0 ? "-" : "";
  if (magnitude < 1_000) return `${sign}${magnitude}ns`;
  if (magnitude < 1_000_000) return `${sign}${magnitude / 1_000}µs`;
  if (magnitude < SECOND) return `${sign}${magnitude / 1_000_000}ms`;
  const minutes = Math.floor(magnitude / (60 * SECOND));
  const seconds = `${(magnitude - minutes * 60 * SECOND) / SECOND}s`;
  if (minutes === 0) return sign + seconds;
  return minutes < 60
    ? `${sign}${minutes}m${seconds}`
    : `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

/** The struct behind a pointer; Go's messages show its type with a star. */
function pointerTo(type: StructType): Kind {
  return { kind: "struct", type: { ...type, name: `*${type.name}` } };
}

function convert(kind: Kind, value: unknown): unknown {
  const missing = value === undefined || value === null;
  switch (kind.kind) {
    case "plain":
      return missing ? kind.zero : value;
    case "any":
      return missing ? new Nil("interface {}", "<nil>") : value;
    case "time":
      return new Shown("time.Time", goTime(typeof value === "string" ? value : "0001-01-01T00:00:00Z"), value);
    case "duration": {
      const nanoseconds = typeof value === "number" || typeof value === "bigint" ? value : 0;
      return new Shown("time.Duration", goDuration(Number(nanoseconds)), nanoseconds);
    }
    case "list":
      return Array.isArray(value) ? value.map((item) => convert(kind.of, item)) : new Nil("slice", "[]");
    case "map":
      return isPlainObject(value) ? mapping(kind.of, value) : new Nil("map", "map[]");
    case "pointer":
      if (missing) return new Nil(goName(kind), "<nil>");
      return convert(kind.to.kind === "struct" ? pointerTo(kind.to.type) : kind.to, value);
    case "struct":
      return toStruct(kind.type, isPlainObject(value) ? value : {});
  }
}

function mapping(of: Kind, value: PlainObject): Mapping {
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, convert(of, item)]);
  return new Mapping(Object.fromEntries(entries), of.kind === "plain" ? of.zero : undefined);
}

interface JsonEntry {
  value: unknown;
  omitsEmpty: boolean;
}

/** The struct's fields under their Go names with values from the JSON, including embedded ones. */
function jsonEntries(type: StructType, fields: Readonly<Record<string, unknown>>): [string, JsonEntry][] {
  return type.fields.flatMap(({ name, json, kind, embedded }): [string, JsonEntry][] => {
    const value = fields[name];
    if (!embedded) return [[json, { value, omitsEmpty: type.omitsEmpty === true }]];
    return kind.kind === "struct" && value instanceof Struct ? jsonEntries(kind.type, value.fields) : [];
  });
}

/** Empty in the sense of Go's `omitempty`. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isPlainObject(value) && Object.keys(value).length === 0;
}

/** The struct that Go's decoder creates from the JSON; its JSON keeps the known fields in the struct's order. */
export function toStruct(type: StructType, data: unknown): Struct {
  const source = isPlainObject(data) ? data : {};
  const fields: Record<string, unknown> = {};
  for (const { name, json, kind, embedded } of type.fields) {
    fields[name] = convert(kind, embedded ? source : source[json]);
  }
  const known = new Map(jsonEntries(type, fields));
  const further = Object.entries(source).filter(([key]) => !known.has(key));
  if (type.isMapInJson) return new Struct(type.name, fields, source);
  const shown = [...known].filter(
    ([key, { omitsEmpty }]) => Object.hasOwn(source, key) && !(omitsEmpty && isEmpty(source[key])),
  );
  const json = new Ordered([...shown.map(([key, { value }]): [string, unknown] => [key, value]), ...further]);
  const embedded = type.fields.filter((field) => field.embedded).map(({ name }) => name);
  return new Struct(type.name, fields, json, embedded);
}
