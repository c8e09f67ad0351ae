// Template values as Go sees them: truth, printing and type names. JSON objects are maps; a Struct has ordered fields,
// some of which may be methods.

/** A method of a struct: called with the arguments from the template. */
export type Method = (...args: unknown[]) => unknown;

/** A Go struct: ordered fields; an unknown field is an error; functions are methods. */
export class Struct {
  readonly typeName: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The value that `json` prints instead of the fields. */
  readonly json: unknown;
  /** Names of embedded structs, whose fields are promoted. */
  readonly embedded: readonly string[];

  constructor(
    typeName: string,
    fields: Readonly<Record<string, unknown>>,
    json?: unknown,
    embedded: readonly string[] = [],
  ) {
    this.typeName = typeName;
    this.fields = fields;
    this.json = json;
    this.embedded = embedded;
  }

  /** Own or promoted fields with the name; undefined when there is none. */
  fieldsWith(name: string): Readonly<Record<string, unknown>> | undefined {
    if (Object.hasOwn(this.fields, name)) return this.fields;
    for (const part of this.embedded) {
      const inner = this.fields[part];
      const found = inner instanceof Struct ? inner.fieldsWith(name) : undefined;
      if (found) return found;
    }
    return undefined;
  }
}

/** A Go map whose missing keys have a zero value ("" in a map of strings). */
export class Mapping {
  readonly entries: Readonly<Record<string, unknown>>;
  readonly missing: unknown;

  constructor(entries: Readonly<Record<string, unknown>>, missing: unknown) {
    this.entries = entries;
    this.missing = missing;
  }
}

/** A typed nil: a nil pointer, slice or map, printed as "<nil>", "[]" or "map[]" and null in JSON. */
export class Nil {
  readonly typeName: string;
  readonly shown: "<nil>" | "[]" | "map[]";

  constructor(typeName: string, shown: "<nil>" | "[]" | "map[]") {
    this.typeName = typeName;
    this.shown = shown;
  }
}

/** A value with a printed form that differs from its JSON and comparison value, such as a time or a duration. */
export class Shown {
  readonly typeName: string;
  readonly text: string;
  readonly json: unknown;

  constructor(typeName: string, text: string, json: unknown) {
    this.typeName = typeName;
    this.text = text;
    this.json = json;
  }
}

/** A JSON object whose keys keep their order. */
export class Ordered {
  readonly entries: readonly (readonly [string, unknown])[];

  constructor(entries: readonly (readonly [string, unknown])[]) {
    this.entries = entries;
  }
}

export type PlainObject = Readonly<Record<string, unknown>>;

export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

export function isMethod(value: unknown): value is Method {
  return typeof value === "function";
}

/** A map's entries in Go's key order; undefined when the value is not a map. */
export function mapEntries(value: unknown): [string, unknown][] | undefined {
  const entries = value instanceof Mapping ? value.entries : value;
  if (!isPlainObject(entries)) return undefined;
  return Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

export function isTrue(value: unknown): boolean {
  if (value === undefined || value === null || value instanceof Nil) return false;
  if (value instanceof Shown) return isTrue(value.json);
  if (typeof value === "string") return value !== "";
  if (typeof value === "number" || typeof value === "bigint") return value !== 0 && value !== 0n;
  if (typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.length > 0;
  const entries = mapEntries(value);
  return entries === undefined || entries.length > 0;
}

/** Go's %v of a float: shortest digits, with an exponent from 1e21 on. */
function floatText(value: number): string {
  const text = String(value);
  return text.includes("e") ? text.replace(/e([+-])(\d)$/, "e$10$2") : text;
}

/** Go's %v, or %+v with field names; nil prints differently at the top level and inside. */
export function printed(value: unknown, nothing = "<nil>", named = false): string {
  const inner = (part: unknown) => printed(part, "<nil>", named);
  if (value === undefined || value === null) return nothing;
  if (value instanceof Nil) return value.shown;
  if (value instanceof Shown) return value.text;
  if (typeof value === "string") return value;
  if (typeof value === "number") return floatText(value);
  if (Array.isArray(value)) return `[${value.map(inner).join(" ")}]`;
  if (value instanceof Struct) {
    const shown = Object.entries(value.fields).filter(([, field]) => !isMethod(field));
    // List rows: Docker would print its client's internal structs, including pointers.
    if (shown.length === 0 && isPlainObject(value.json)) return inner(value.json);
    return `{${shown.map(([name, field]) => (named ? `${name}:` : "") + inner(field)).join(" ")}}`;
  }
  const entries = mapEntries(value);
  if (entries) return `map[${entries.map(([key, item]) => `${key}:${inner(item)}`).join(" ")}]`;
  return String(value);
}

/** The type name in Go's messages. */
export function typeName(value: unknown): string {
  if (value === undefined || value === null) return "<nil>";
  if (value instanceof Struct || value instanceof Nil || value instanceof Shown) return value.typeName;
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float64";
  if (Array.isArray(value)) return value.every((item) => typeof item === "string") ? "[]string" : "[]interface {}";
  if (value instanceof Mapping) return value.missing === "" ? "map[string]string" : "map[string]interface {}";
  return "map[string]interface {}";
}

const HTML_ESCAPES: Readonly<Record<string, string>> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026" };

/** Escapes HTML characters in JSON as Go does. */
export function escapeHtmlInJson(text: string): string {
  return text.replace(/[<>&]/g, (character) => HTML_ESCAPES[character] ?? character);
}

/** Marshals a value: maps sorted by key, structs in field order; big integers keep their digits. */
export function toJson(value: unknown): string {
  if (value === undefined || value === null || value instanceof Nil) return "null";
  if (value instanceof Shown) return toJson(value.json);
  if (value instanceof Ordered) return objectJson(value.entries);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  if (value instanceof Struct) {
    // Table rows have their own marshaller, which escapes HTML; nothing else is escaped.
    if (isPlainObject(value.json)) return escapeHtmlInJson(toJson(value.json));
    if (value.json !== undefined) return toJson(value.json);
    return objectJson(Object.entries(value.fields).filter(([, field]) => !isMethod(field)));
  }
  const entries = mapEntries(value);
  return entries ? objectJson(entries) : JSON.stringify(value);
}

function objectJson(entries: readonly (readonly [string, unknown])[]): string {
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`).join(",")}}`;
}
