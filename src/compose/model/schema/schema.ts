// One declaration per attribute: it validates a value with Compose's messages, normalizes short and loose forms to one
// canonical form, and gives that form its type. Canonical forms are plain data whose JSON equals Compose's, so that
// their hashes match Compose's, too.
import { ComposeError } from "../compose-error.ts";
import { isMapping, type Path, sortedKeys, type Value } from "../value.ts";

export interface Complaint {
  /** Relative to the validated value. */
  path: Path;
  words: string;
  /** With several complaints, the most specific one is reported. */
  specificity: number;
}

/** Shared, because most checks find no problem. */
const NO_COMPLAINTS: readonly Complaint[] = [];

export interface ReadOptions {
  /** Keeps the attributes that begin with "x-". */
  extensions: boolean;
}

export interface Schema<T> {
  check(value: Value): readonly Complaint[];
  /** @throws ComposeError for a value of the right type with invalid content */
  read(value: Value, path: Path, options: ReadOptions): T;
}

export type Read<S> = S extends Schema<infer T> ? T : never;

/** An attribute of a mapping. */
export interface Field<T> {
  schema: Schema<T>;
  required: boolean;
  /** Read even when absent, like a Go field that is not a pointer. */
  absent: { value: Value } | undefined;
  /** Keeps empty, false and zero values, which are omitted otherwise. */
  keepsEmpty: boolean;
  /** Not in the canonical form: only used while reading. */
  isInput: boolean;
}

export type Fields = Readonly<Record<string, Schema<unknown> | Field<unknown>>>;
type FieldValue<F> = F extends Field<infer T> ? T : F extends Schema<infer T> ? T : never;
export type ReadFields<F extends Fields> = { readonly [Name in keyof F]?: FieldValue<F[Name]> };

const plainField = <T>(schema: Schema<T>): Field<T> => ({
  schema,
  required: false,
  absent: undefined,
  keepsEmpty: false,
  isInput: false,
});

const isField = <T>(field: Schema<T> | Field<T>): field is Field<T> => "schema" in field;

const fieldOf = <T>(field: Schema<T> | Field<T>): Field<T> => (isField(field) ? field : plainField(field));

export const required = <T>(field: Schema<T> | Field<T>): Field<T> => ({ ...fieldOf(field), required: true });

export const kept = <T>(field: Schema<T> | Field<T>): Field<T> => ({ ...fieldOf(field), keepsEmpty: true });

export const input = <T>(field: Schema<T> | Field<T>): Field<T> => ({ ...fieldOf(field), isInput: true });

export const always = <T>(schema: Schema<T>, value: Value): Field<T> => ({
  ...plainField(schema),
  absent: { value },
  keepsEmpty: true,
});

export type JsonType = "string" | "number" | "integer" | "boolean" | "null" | "object" | "array";

export function isOfType(value: Value, type: JsonType): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isMapping(value);
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function shownTypes(types: readonly JsonType[]): string {
  const words = types.map((type) => (type === "object" ? "mapping" : type)).sort();
  const last = words.pop() ?? "";
  return words.length === 0 ? last : `${words.join(", ")} or ${last}`;
}

/** A complaint about a value of an allowed type; more specific than a type mismatch. */
export const complaint = (words: string): Complaint => ({ path: [], words, specificity: 0.5 });

/** Returns the complaint about a type mismatch. */
export function typeComplaint(...types: JsonType[]): readonly Complaint[] {
  return [{ path: [], words: `must be a ${shownTypes(types)}`, specificity: 0 }];
}

const noMapping = typeComplaint("object");
const noList = typeComplaint("array");

/** Adds the complaints about the entry `key` of a mapping or list. */
function addBelow(complaints: Complaint[], key: string, found: readonly Complaint[]): void {
  for (const { path, words, specificity } of found) {
    complaints.push({ path: [key, ...path], words, specificity: specificity + 1 });
  }
}

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ");

/** Whether a read value counts as absent. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Unknown attributes are reported before other errors in the same mapping. */
const notAllowed = (names: readonly string[]): Complaint => ({
  path: [],
  words: `additional properties ${quoted(names)} not allowed`,
  specificity: 1,
});

const isExtension = (name: string): boolean => name.startsWith("x-");

/** A mapping of known attributes, in printing order. */
export function object<F extends Fields>(fields: F, options?: { nullable?: boolean }): Schema<ReadFields<F>>;
export function object(declared: Fields, { nullable = false } = {}): Schema<unknown> {
  const fields = new Map(Object.entries(declared).map(([name, field]) => [name, fieldOf(field)]));
  // The loops over fields run for each value of a project; arrays are fastest.
  const requiredNames = [...fields].filter(([, field]) => field.required).map(([name]) => name);
  const readFields = [...fields].filter(([, field]) => !field.isInput).map(([name, field]) => ({ name, field }));
  const wrongType = nullable ? typeComplaint("object", "null") : noMapping;
  return {
    check(value) {
      if (nullable && value === null) return NO_COMPLAINTS;
      if (!isMapping(value)) return wrongType;
      const complaints: Complaint[] = [];
      const unknown: string[] = [];
      for (const name of Object.keys(value)) {
        const field = fields.get(name);
        if (field) addBelow(complaints, name, field.schema.check(value[name] ?? null));
        else if (!isExtension(name)) unknown.push(name);
      }
      const missing = requiredNames.filter((name) => value[name] === undefined);
      if (missing.length > 0) {
        complaints.push(complaint(`missing ${missing.length === 1 ? "property" : "properties"} ${quoted(missing)}`));
      }
      if (unknown.length > 0) complaints.push(notAllowed(unknown));
      return complaints;
    },
    read(value, path, readOptions) {
      const source = isMapping(value) ? value : {};
      const made: Record<string, unknown> = {};
      for (const { name, field } of readFields) {
        const entry = source[name] ?? field.absent?.value;
        // A null attribute counts as absent.
        if (entry === undefined || (entry === null && !field.absent)) continue;
        const read = field.schema.read(entry, [...path, name], readOptions);
        if (read !== undefined && (field.keepsEmpty || !isEmpty(read))) made[name] = read;
      }
      if (readOptions.extensions) {
        const names = Object.keys(source).filter((name) => isExtension(name) && !fields.has(name));
        for (const name of names.sort()) made[name] = sortedKeys(source[name] ?? null);
      }
      return made;
    },
  };
}

/** A mapping with keys chosen by the user. */
export function record<T>(
  entry: Schema<T>,
  { names, isClosed = true }: { names?: RegExp; isClosed?: boolean } = {},
): Schema<Readonly<Record<string, T>>> {
  return {
    check(value) {
      if (!isMapping(value)) return noMapping;
      const complaints: Complaint[] = [];
      const wrong: string[] = [];
      for (const name of Object.keys(value)) {
        if (!names || names.test(name)) addBelow(complaints, name, entry.check(value[name] ?? null));
        else if (isClosed) wrong.push(name);
      }
      if (wrong.length > 0) complaints.push(notAllowed(wrong));
      return complaints;
    },
    read(value, path, options) {
      if (!isMapping(value)) return {};
      const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(sorted.map(([name, item]) => [name, entry.read(item, [...path, name], options)]));
    },
  };
}

export function list<T>(entry: Schema<T>, { isUnique = false } = {}): Schema<readonly T[]> {
  return {
    check(value) {
      if (!Array.isArray(value)) return noList;
      const complaints: Complaint[] = [];
      for (const [index, item] of value.entries()) addBelow(complaints, String(index), entry.check(item));
      const twin = isUnique ? firstTwin(value) : undefined;
      if (twin) complaints.push(complaint(`items at ${twin.first} and ${twin.second} are equal`));
      return complaints;
    },
    read(value, path, options) {
      const items = Array.isArray(value) ? value : [value];
      return items.map((item, index) => entry.read(item, [...path, String(index)], options));
    },
  };
}

function firstTwin(values: readonly Value[]): { first: number; second: number } | undefined {
  if (values.length < 2) return undefined;
  const seen = new Map<string, number>();
  for (const [second, value] of values.entries()) {
    const text = JSON.stringify(value);
    const first = seen.get(text);
    if (first !== undefined) return { first, second };
    seen.set(text, second);
  }
  return undefined;
}

/** Several forms of one attribute; the reader handles each of them. */
export function union<T>(forms: readonly Pick<Schema<unknown>, "check">[], read: Schema<T>["read"]): Schema<T> {
  return {
    check(value) {
      const complaints: Complaint[] = [];
      for (const form of forms) {
        const found = form.check(value);
        if (found.length === 0) return NO_COMPLAINTS;
        complaints.push(...found);
      }
      return complaints;
    },
    read,
  };
}

/** The most specific complaint. */
export function mostSpecific(complaints: readonly Complaint[]): Complaint | undefined {
  return complaints.reduce<Complaint | undefined>(
    (best, next) => (best === undefined || next.specificity > best.specificity ? next : best),
    undefined,
  );
}

/** Adds the path of the value to errors that the reader throws. */
export function reading<T>(path: Path, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof ComposeError)) throw thrown;
    throw new ComposeError(`${path.join(".")}: ${thrown.message}`, path);
  }
}
