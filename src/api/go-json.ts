// JSON as Go's decoder reads it, because Docker's clients and image builders were written against that: names match
// whatever their case, and null leaves a field at its zero value.
import type { BaseIssue, BaseSchema } from "valibot";

type Schema = BaseSchema<unknown, unknown, BaseIssue<unknown>>;

/** The value with names in the schema's spelling and nulls replaced by what Go would leave there. */
export function fitToSchema(schema: Schema, value: unknown): unknown {
  const inner = "wrapped" in schema && isSchema(schema.wrapped) ? schema.wrapped : undefined;
  if (inner) return schema.type === "nullable" && value === null ? null : fitToSchema(inner, value);
  if (value === null) return undefined;
  if (Array.isArray(value)) return fitArray(schema, value);
  if (typeof value !== "object") return value;
  if ("entries" in schema && isRecord(schema.entries)) return fitObject(schema.entries, value);
  if ("value" in schema && isSchema(schema.value)) return fitRecord(schema.value, value);
  return value;
}

function fitArray(schema: Schema, value: unknown[]): unknown {
  // The validator would accept a list as an object; as text it is refused, and the message shows it.
  if (schema.type === "object" || schema.type === "record") return JSON.stringify(value);
  if (!("item" in schema) || !isSchema(schema.item)) return value;
  const { item } = schema;
  return value.map((element) => fitElement(item, element));
}

/** A null in a map keeps its name: `{"80/tcp": null}` is a port. Go's maps come out in the order of their names. */
function fitRecord(item: Schema, value: object): object {
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, element]) => [name, fitElement(item, element)]));
}

function fitElement(item: Schema, element: unknown): unknown {
  const fit = fitToSchema(item, element);
  return fit === undefined ? zeroValue(item) : fit;
}

function fitObject(entries: Record<string, unknown>, value: object): object {
  const fitted: [string, unknown][] = [];
  for (const [sent, element] of Object.entries(value)) {
    const name = Object.hasOwn(entries, sent) ? sent : spellingOf(entries).get(sent.toLowerCase());
    const entry = name === undefined ? undefined : entries[name];
    if (name === undefined || !isSchema(entry)) continue;
    const fit = fitToSchema(entry, element);
    if (fit !== undefined) fitted.push([name, fit]);
  }
  return Object.fromEntries(fitted);
}

const spellings = new WeakMap<object, ReadonlyMap<string, string>>();

/** The names of an object's fields by the same in lower case. */
function spellingOf(entries: Record<string, unknown>): ReadonlyMap<string, string> {
  const known = spellings.get(entries);
  if (known) return known;
  const spelling = new Map(Object.keys(entries).map((name) => [name.toLowerCase(), name]));
  spellings.set(entries, spelling);
  return spelling;
}

function zeroValue(schema: Schema): unknown {
  const inner = "wrapped" in schema && isSchema(schema.wrapped) ? schema.wrapped : schema;
  switch (inner.type) {
    case "string":
      return "";
    case "number":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    default:
      return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isSchema(value: unknown): value is Schema {
  return isRecord(value) && value.kind === "schema";
}
