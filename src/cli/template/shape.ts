// The structures of Docker's client, so that `inspect --format` prints and checks fields as Go does: a struct's fields
// in order and under Go's names, maps by key, nothing as <nil>, [] or map[].
import { isPlainObject, Mapping, Nil, Ordered, type PlainObject, Shown, Struct } from "./values.ts";

/** A value of Go: what a field can hold. */
export type Kind =
  | { kind: "plain"; zero: string | number | boolean }
  | { kind: "any" }
  | { kind: "time" }
  | { kind: "list"; of: Kind }
  | { kind: "map"; of: Kind }
  | { kind: "pointer"; to: Kind }
  | { kind: "struct"; shape: Shape };

export interface Field {
  /** Go's name. */
  name: string;
  /** The name in JSON. */
  json: string;
  kind: Kind;
}

/** A Go struct. */
export interface Shape {
  name: string;
  fields: readonly Field[];
}

const PLAIN: Readonly<Record<string, Kind>> = {
  "": { kind: "plain", zero: "" },
  string: { kind: "plain", zero: "" },
  int: { kind: "plain", zero: 0 },
  bool: { kind: "plain", zero: false },
  any: { kind: "any" },
  time: { kind: "time" },
};

function kindOf(notation: string, shapes: Readonly<Record<string, Shape>>): Kind {
  if (notation.startsWith("[]")) return { kind: "list", of: kindOf(notation.slice(2), shapes) };
  if (notation.startsWith("map[]")) return { kind: "map", of: kindOf(notation.slice(5), shapes) };
  if (notation.startsWith("*")) return { kind: "pointer", to: kindOf(notation.slice(1), shapes) };
  const plain = PLAIN[notation];
  if (plain) return plain;
  const shape = shapes[notation];
  if (!shape) throw new Error(`no shape is called ${notation}`);
  return { kind: "struct", shape };
}

/**
 * Reads a struct from its fields, in order: `Name`, `Name:int`, `GoName=JsonName:[]string`, `Name:*Other`.
 * @param shapes those the fields refer to, by name
 */
export function shapeOf(name: string, notation: string, shapes: Readonly<Record<string, Shape>> = {}): Shape {
  const fields = notation
    .trim()
    .split(/\s+/)
    .map((field): Field => {
      const [names = "", kind = ""] = field.split(":");
      const [go = "", json = go] = names.split("=");
      return { name: go, json, kind: kindOf(kind, shapes) };
    });
  return { name, fields: notation.trim() === "" ? [] : fields };
}

function goName(kind: Kind): string {
  switch (kind.kind) {
    case "struct":
      return kind.shape.name;
    case "pointer":
      return `*${goName(kind.to)}`;
    default:
      return kind.kind;
  }
}

/** "2026-11-21 09:24:18.57 +0000 UTC": a time as Go prints it. */
function goTime(timestamp: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)$/.exec(timestamp);
  if (!parts) return timestamp;
  const [, day, time, zone = "Z"] = parts;
  const offset = zone === "Z" ? "+0000 UTC" : `${zone.replace(":", "")} ${zone.replace(":", "")}`;
  return `${day} ${time} ${offset}`;
}

/** The struct behind a pointer, whose type Go's messages show with its star. */
function pointedAt(shape: Shape): Kind {
  return { kind: "struct", shape: { ...shape, name: `*${shape.name}` } };
}

function convert(kind: Kind, value: unknown): unknown {
  const missing = value === undefined || value === null;
  switch (kind.kind) {
    case "plain":
      return missing ? kind.zero : value;
    case "any":
      return missing ? new Nil("interface {}", "<nil>") : value;
    case "time":
      return new Shown(goTime(typeof value === "string" ? value : "0001-01-01T00:00:00Z"), value);
    case "list":
      return Array.isArray(value) ? value.map((item) => convert(kind.of, item)) : new Nil("slice", "[]");
    case "map":
      return isPlainObject(value) ? mapping(kind.of, value) : new Nil("map", "map[]");
    case "pointer":
      if (missing) return new Nil(goName(kind), "<nil>");
      return convert(kind.to.kind === "struct" ? pointedAt(kind.to.shape) : kind.to, value);
    case "struct":
      return toStruct(kind.shape, isPlainObject(value) ? value : {});
  }
}

function mapping(of: Kind, value: PlainObject): Mapping {
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, convert(of, item)]);
  return new Mapping(Object.fromEntries(entries), of.kind === "plain" ? of.zero : undefined);
}

/** The struct that Go's decoder makes of the JSON; its own JSON is what was there, in that order. */
export function toStruct(shape: Shape, data: unknown): Struct {
  const source = isPlainObject(data) ? data : {};
  const fields: Record<string, unknown> = {};
  const byJsonName = new Map<string, unknown>();
  for (const { name, json, kind } of shape.fields) {
    fields[name] = convert(kind, source[json]);
    byJsonName.set(json, fields[name]);
  }
  const entries = Object.keys(source).map((key): [string, unknown] => [
    key,
    byJsonName.has(key) ? byJsonName.get(key) : source[key],
  ]);
  return new Struct(shape.name, fields, new Ordered(entries));
}
