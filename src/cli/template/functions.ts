// Template functions: Go's builtins and Docker's additions.
import { sprint, sprintf, sprintln } from "./printf.ts";
import { isMethod, isTrue, Mapping, type Method, mapEntries, Nil, printed, Shown, toJson, typeName } from "./values.ts";

/** Error of a function; the message is Go's, after "error calling NAME: ". */
export class FunctionError extends Error {}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) throw new FunctionError("invalid value; expected string");
  throw new FunctionError(`wrong type for value; expected string; got ${typeName(value)}`);
}

function integerOf(value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  if (typeof value === "bigint") return Number(value);
  throw new FunctionError(`cannot index slice/array with type ${typeName(value)}`);
}

function lengthOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  const entries = mapEntries(value);
  if (entries) return entries.length;
  if (value instanceof Nil && value.shown !== "<nil>") return 0;
  if (value === undefined || value === null) throw new FunctionError("len of nil pointer");
  throw new FunctionError(`len of type ${typeName(value)}`);
}

function indexed(container: unknown, key: unknown): unknown {
  if (container === undefined || container === null) throw new FunctionError("index of untyped nil");
  if (container instanceof Nil) {
    if (container.shown === "map[]") return undefined;
    throw new FunctionError(
      container.shown === "[]" ? `index out of range: ${integerOf(key)}` : "index of nil pointer",
    );
  }
  if (Array.isArray(container) || typeof container === "string") {
    const at = integerOf(key);
    const items = typeof container === "string" ? Buffer.from(container) : container;
    if (at < 0 || at >= items.length) throw new FunctionError(`index out of range: ${at}`);
    return items[at];
  }
  const entries = container instanceof Mapping ? container.entries : container;
  if (mapEntries(container) === undefined || typeof entries !== "object" || entries === null) {
    throw new FunctionError(`can't index item of type ${typeName(container)}`);
  }
  const found = Object.entries(entries).find(([name]) => name === textOf(key));
  if (found) return found[1];
  return container instanceof Mapping ? container.missing : undefined;
}

function sliced(value: unknown, ...bounds: unknown[]): unknown {
  const [from = 0, to] = bounds.map(integerOf);
  const length = lengthOf(value);
  const end = to ?? length;
  if (end > length || from > length) throw new FunctionError(`index out of range: ${Math.max(from, end)}`);
  if (from > end) throw new FunctionError(`invalid slice index: ${from} > ${end}`);
  if (typeof value === "string") return Buffer.from(value).subarray(from, end).toString();
  if (Array.isArray(value)) return value.slice(from, end);
  throw new FunctionError(`can't slice item of type ${typeName(value)}`);
}

type Basic = string | number | bigint | boolean;

function basic(value: unknown): Basic {
  if (value instanceof Shown) return basic(value.json);
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return value;
    default:
      throw new FunctionError("invalid type for comparison");
  }
}

function kindOf(value: Basic): string {
  if (typeof value === "bigint") return "int";
  return typeof value === "number" ? (Number.isInteger(value) ? "int" : "float") : typeof value;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value instanceof Nil;
}

function equals(a: unknown, b: unknown): boolean {
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  const [x, y] = [basic(a), basic(b)];
  if (kindOf(x) !== kindOf(y)) throw new FunctionError("incompatible types for comparison");
  return typeof x === "string" || typeof x === "boolean" ? x === y : BigInt(x) === BigInt(y);
}

function equalsNumbers(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") return a === b;
  return equals(a, b);
}

function isLess(a: unknown, b: unknown): boolean {
  const [x, y] = [basic(a), basic(b)];
  if (typeof x === "boolean" || typeof y === "boolean") throw new FunctionError("invalid type for comparison");
  if (kindOf(x) !== kindOf(y)) throw new FunctionError("incompatible types for comparison");
  return x < y;
}

const HTML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
  "\0": "\uFFFD",
};

const JAVASCRIPT: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
};

function controlEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function queryEscape(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Go's builtins except `and` and `or`, which the evaluator short-circuits. */
const builtins: Readonly<Record<string, Method>> = {
  call(callee, ...values) {
    if (!isMethod(callee)) throw new FunctionError(`non-function of type ${typeName(callee)}`);
    return callee(...values);
  },
  html: (...values) => sprint(values).replace(/[&<>"'\0]/g, (character) => HTML[character] ?? character),
  index: (container, ...keys) => keys.reduce(indexed, container),
  slice: sliced,
  js: (...values) =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
    sprint(values).replace(/[\\'"<>&=\x00-\x1f]/g, (character) => JAVASCRIPT[character] ?? controlEscape(character)),
  len: lengthOf,
  not: (value) => !isTrue(value),
  print: (...values) => sprint(values),
  printf: (format, ...values) => sprintf(textOf(format), values),
  println: (...values) => sprintln(values),
  urlquery: (...values) => queryEscape(sprint(values)),
  eq(first, ...others) {
    if (others.length === 0) throw new FunctionError("missing argument for comparison");
    return others.some((other) => equalsNumbers(first, other));
  },
  ne: (a, b) => !equalsNumbers(a, b),
  lt: isLess,
  le: (a, b) => isLess(a, b) || equalsNumbers(a, b),
  gt: (a, b) => !isLess(a, b) && !equalsNumbers(a, b),
  ge: (a, b) => !isLess(a, b),
};

/** Capitalizes every word. */
function titled(text: string): string {
  return text.replace(
    /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
}

/** Docker's additions. */
const additions: Readonly<Record<string, Method>> = {
  json: (value) => toJson(value),
  split: (text, separator) => textOf(text).split(textOf(separator)),
  join(list, separator) {
    if (list instanceof Nil && list.shown === "[]") return "";
    if (!Array.isArray(list)) throw new FunctionError(`wrong type for value; expected []string; got ${typeName(list)}`);
    return list.map((item) => printed(item)).join(textOf(separator));
  },
  title: (text) => titled(textOf(text)),
  lower: (text) => textOf(text).toLowerCase(),
  upper: (text) => textOf(text).toUpperCase(),
  pad(text, before, after) {
    const plain = textOf(text);
    return plain === "" ? plain : " ".repeat(integerOf(before)) + plain + " ".repeat(integerOf(after));
  },
  truncate(text, length) {
    const bytes = Buffer.from(textOf(text));
    return bytes.length < integerOf(length) ? bytes.toString() : bytes.subarray(0, integerOf(length)).toString();
  },
};

const same: Method = (text) => text;

/** In a table's header, functions that change a value return the title unchanged. */
export const headerFunctions: Readonly<Record<string, Method>> = {
  ...builtins,
  json: same,
  split: (text, separator) => [textOf(text), textOf(separator)].slice(0, 1),
  join: same,
  title: same,
  lower: same,
  upper: same,
  pad: additions.pad ?? same,
  truncate: same,
};

export const templateFunctions: Readonly<Record<string, Method>> = { ...builtins, ...additions };

/** Functions that require exactly their declared number of arguments. */
const FIXED_ARITY: ReadonlySet<string> = new Set([
  ...Object.keys(additions),
  ...["len", "not", "ne", "lt", "le", "gt", "ge"],
]);

/** Go's message for a wrong number of arguments; undefined when it is right. */
export function arityProblem(name: string, callee: Method, count: number): string | undefined {
  if (!FIXED_ARITY.has(name) || callee.length === count) return undefined;
  return `wrong number of args for ${name}: want ${callee.length} got ${count}`;
}

/** The names of all functions. */
export const functionNames: ReadonlySet<string> = new Set([...Object.keys(templateFunctions), "and", "or"]);
