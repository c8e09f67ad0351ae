// What an attribute may be, in one declaration: it checks a value in Compose's words, reads it as the form that all
// short and loose ones stand for, and gives that form its type. A form that is read is plain data: printed as JSON it is
// what Compose prints, so that hashes made of it are Compose's, too.
import { ComposeError } from "../compose-error.ts";
import { isMapping, type Path, sortedKeys, type Value } from "../value.ts";

export interface Complaint {
  path: Path;
  words: string;
  /** Of several complaints the most specific one is reported. */
  specificity: number;
}

export interface ReadOptions {
  /** Keeps the attributes that begin with "x-". */
  extensions: boolean;
}

export interface Schema<T> {
  check(value: Value, path: Path): Complaint[];
  /** @throws ComposeError for a value whose type is right and whose text is not */
  read(value: Value, path: Path, options: ReadOptions): T;
}

export type Read<S> = S extends Schema<infer T> ? T : never;

/** An attribute of a mapping. */
export interface Field<T> {
  schema: Schema<T>;
  required: boolean;
  /** Read as if it were there even where it is not, as Go does with what is no pointer. */
  absent: { value: Value } | undefined;
  /** Keeps values that are empty, false or zero, which are left out otherwise. */
  keepsEmpty: boolean;
  /** Not in the form that is read: it has done its work by then. */
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

/** About a value of the right type, which says more than that it has none of several types. */
export const complaint = (path: Path, words: string): Complaint => ({ path, words, specificity: path.length + 0.5 });

/** Makes the complaint about a value of none of the types. */
export function typeComplaint(...types: JsonType[]): (path: Path) => Complaint[] {
  const words = `must be a ${shownTypes(types)}`;
  return (path) => [{ path, words, specificity: path.length }];
}

const noMapping = typeComplaint("object");
const noList = typeComplaint("array");

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ");

/** Whether a read value counts as not given. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

const isExtension = (name: string): boolean => name.startsWith("x-");

/** A mapping of known attributes, in the order in which they are printed. */
export function object<F extends Fields>(fields: F, options?: { nullable?: boolean }): Schema<ReadFields<F>>;
export function object(declared: Fields, { nullable = false } = {}): Schema<unknown> {
  const fields = new Map(Object.entries(declared).map(([name, field]) => [name, fieldOf(field)]));
  const isNone = nullable ? typeComplaint("object", "null") : noMapping;
  return {
    check(value, path) {
      if (nullable && value === null) return [];
      if (!isMapping(value)) return isNone(path);
      const unknown = Object.keys(value).filter((name) => !fields.has(name) && !isExtension(name));
      const missing = [...fields].filter(([name, field]) => field.required && value[name] === undefined);
      const complaints = Object.entries(value).flatMap(
        ([name, entry]) => fields.get(name)?.schema.check(entry, [...path, name]) ?? [],
      );
      if (missing.length > 0) {
        const names = missing.map(([name]) => name);
        complaints.push(complaint(path, `missing ${names.length === 1 ? "property" : "properties"} ${quoted(names)}`));
      }
      if (unknown.length > 0) {
        const found = complaint(path, `additional properties ${quoted(unknown)} not allowed`);
        complaints.push({ ...found, specificity: path.length + 1 });
      }
      return complaints;
    },
    read(value, path, readOptions) {
      const source = isMapping(value) ? value : {};
      const entries: [string, unknown][] = [];
      for (const [name, { schema, absent, keepsEmpty, isInput }] of fields) {
        const entry = source[name] ?? absent?.value;
        // An attribute that is null says nothing.
        if (isInput || entry === undefined || (entry === null && !absent)) continue;
        const read = schema.read(entry, [...path, name], readOptions);
        if (read !== undefined && (keepsEmpty || !isEmpty(read))) entries.push([name, read]);
      }
      if (readOptions.extensions) {
        const names = Object.keys(source).filter((name) => isExtension(name) && !fields.has(name));
        for (const name of names.sort()) entries.push([name, sortedKeys(source[name] ?? null)]);
      }
      return Object.fromEntries(entries);
    },
  };
}

/** A mapping of names that the user chooses. */
export function record<T>(
  entry: Schema<T>,
  { names, isClosed = true }: { names?: RegExp; isClosed?: boolean } = {},
): Schema<Readonly<Record<string, T>>> {
  return {
    check(value, path) {
      if (!isMapping(value)) return noMapping(path);
      const wrong = isClosed && names ? Object.keys(value).filter((name) => !names.test(name)) : [];
      const complaints = Object.entries(value)
        .filter(([name]) => !names || names.test(name))
        .flatMap(([name, item]) => entry.check(item, [...path, name]));
      if (wrong.length === 0) return complaints;
      const found = complaint(path, `additional properties ${quoted(wrong)} not allowed`);
      return [...complaints, { ...found, specificity: path.length + 1 }];
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
    check(value, path) {
      if (!Array.isArray(value)) return noList(path);
      const complaints = value.flatMap((item, index) => entry.check(item, [...path, String(index)]));
      const twin = isUnique ? firstTwin(value) : undefined;
      return twin
        ? [...complaints, complaint(path, `items at ${twin.first} and ${twin.second} are equal`)]
        : complaints;
    },
    read(value, path, options) {
      const items = Array.isArray(value) ? value : [value];
      return items.map((item, index) => entry.read(item, [...path, String(index)], options));
    },
  };
}

function firstTwin(values: readonly Value[]): { first: number; second: number } | undefined {
  const seen = new Map<string, number>();
  for (const [second, value] of values.entries()) {
    const text = JSON.stringify(value);
    const first = seen.get(text);
    if (first !== undefined) return { first, second };
    seen.set(text, second);
  }
  return undefined;
}

/** Several forms of one attribute; what reads it copes with each of them. */
export function union<T>(forms: readonly Pick<Schema<unknown>, "check">[], read: Schema<T>["read"]): Schema<T> {
  return {
    check(value, path) {
      const complaints = forms.map((form) => form.check(value, path));
      return complaints.some((of) => of.length === 0) ? [] : complaints.flat();
    },
    read,
  };
}

/** The complaint that tells most. */
export function mostSpecific(complaints: readonly Complaint[]): Complaint | undefined {
  return complaints.reduce<Complaint | undefined>(
    (best, next) => (best === undefined || next.specificity > best.specificity ? next : best),
    undefined,
  );
}

/** Gives what a reader throws the path of the value. */
export function reading<T>(path: Path, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof ComposeError)) throw thrown;
    throw new ComposeError(`${path.join(".")}: ${thrown.message}`, path);
  }
}
