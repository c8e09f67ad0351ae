// Go's fmt.Sprintf for template values.
import { isPlainObject, Mapping, printed, Shown, Struct, typeName } from "./values.ts";

interface Directive {
  verb: string;
  minus: boolean;
  plus: boolean;
  space: boolean;
  zero: boolean;
  sharp: boolean;
  width: number | undefined;
  precision: number | undefined;
}

const DIRECTIVE = /%([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+)?)?(.)|%$/gsu;

function padded(text: string, { width, minus, zero, verb }: Directive): string {
  if (width === undefined) return text;
  if (minus) return text.padEnd(width);
  if (!zero || "sqv".includes(verb)) return text.padStart(width);
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

/** %q: a Go string literal. */
export function quoted(text: string): string {
  return JSON.stringify(text)
    .replace(/\\u00([01][0-9a-f])/g, "\\x$1")
    .replace(/\\b/g, "\\b");
}

function integerText(value: number | bigint, directive: Directive): string {
  const bases: Readonly<Record<string, number>> = { d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
  const prefixes: Readonly<Record<string, string>> = { b: "0b", o: "0", x: "0x", X: "0X" };
  const { verb, sharp, plus, space } = directive;
  const negative = value < 0;
  const magnitude = (negative ? -value : value).toString(bases[verb] ?? 10);
  const prefix = verb === "O" ? "0o" : sharp ? (prefixes[verb] ?? "") : "";
  const sign = negative ? "-" : plus ? "+" : space ? " " : "";
  return sign + prefix + (verb === "X" ? magnitude.toUpperCase() : magnitude);
}

function exponentText(value: number, digits: number): string {
  return value.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");
}

function floatText(value: number, directive: Directive): string {
  const { verb, precision, plus, space } = directive;
  const magnitude = Math.abs(value);
  const text = (() => {
    switch (verb) {
      case "e":
      case "E":
        return exponentText(magnitude, precision ?? 6);
      case "g":
      case "G":
        return precision === undefined ? String(magnitude) : String(Number(magnitude.toPrecision(precision || 1)));
      default:
        return magnitude.toFixed(precision ?? 6);
    }
  })();
  const sign = value < 0 ? "-" : plus ? "+" : space ? " " : "";
  return sign + (verb === "E" || verb === "G" ? text.toUpperCase() : text);
}

/** %#v, an approximation of Go's for template values. */
function goSyntax(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `${typeName(value)}{${value.map(goSyntax).join(", ")}}`;
  if (isPlainObject(value) || value instanceof Mapping || value instanceof Struct) {
    const fields = isPlainObject(value) ? value : value instanceof Mapping ? value.entries : value.fields;
    const name = (key: string) => (value instanceof Struct ? key : quoted(key));
    const inside = Object.entries(fields).map(([key, item]) => `${name(key)}:${goSyntax(item)}`);
    return `${typeName(value)}{${inside.join(", ")}}`;
  }
  return printed(value);
}

function hexText(value: string, upper: boolean): string {
  const text = Buffer.from(value).toString("hex");
  return upper ? text.toUpperCase() : text;
}

/** Formats one value with one verb; undefined when the verb does not apply. */
function formatted(value: unknown, directive: Directive): string | undefined {
  const { verb, precision, sharp } = directive;
  const cut = (text: string) => (precision === undefined ? text : Array.from(text).slice(0, precision).join(""));
  if (verb === "v") {
    if (sharp) return goSyntax(value);
    if (typeof value === "number" && !Number.isInteger(value) && precision !== undefined) {
      return floatText(value, { ...directive, verb: "g" });
    }
    const text = printed(value, "<nil>", directive.plus);
    return typeof value === "number" && directive.plus && value >= 0 ? `+${text}` : text;
  }
  if (verb === "T") return typeName(value);
  if (value instanceof Shown) return formatted("sqxX".includes(verb) ? value.text : value.json, directive);
  if (verb === "t") return typeof value === "boolean" ? String(value) : undefined;
  if (typeof value === "string") {
    if (verb === "s") return cut(value);
    if (verb === "q") return sharp && !value.includes("`") ? `\`${value}\`` : quoted(cut(value));
    return verb === "x" || verb === "X" ? hexText(cut(value), verb === "X") : undefined;
  }
  if (typeof value === "number" || typeof value === "bigint") {
    const whole = typeof value === "bigint" || Number.isInteger(value);
    if ("dboOxX".includes(verb)) return whole ? integerText(value, directive) : undefined;
    if (whole && verb === "c") return String.fromCodePoint(Number(value));
    if (whole && verb === "q") return `'${String.fromCodePoint(Number(value))}'`;
    if (whole && verb === "U") return `U+${Number(value).toString(16).toUpperCase().padStart(4, "0")}`;
    return !whole && "eEfFgG".includes(verb) ? floatText(Number(value), directive) : undefined;
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => formatted(item, directive) ?? mismatch(verb, item));
    return `[${items.join(" ")}]`;
  }
  return undefined;
}

function mismatch(verb: string, value: unknown): string {
  return value === undefined || value === null ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${printed(value)})`;
}

export function sprintf(format: string, values: readonly unknown[]): string {
  const rest = [...values];
  const star = (text: string | undefined): number | undefined => {
    if (text !== "*") return text === undefined ? undefined : Number(text);
    return Number(rest.shift() ?? 0);
  };
  const text = format.replace(DIRECTIVE, (whole, flags: string = "", width?: string, precision?: string, verb = "") => {
    if (whole === "%") return "%!(NOVERB)";
    if (verb === "%") return "%";
    const directive: Directive = {
      verb,
      minus: flags.includes("-"),
      plus: flags.includes("+"),
      space: flags.includes(" "),
      zero: flags.includes("0") && !flags.includes("-"),
      sharp: flags.includes("#"),
      width: star(width),
      precision: whole.includes(".") ? (star(precision) ?? 0) : undefined,
    };
    if (rest.length === 0) return `%!${verb}(MISSING)`;
    const value = rest.shift();
    const shown = formatted(value, directive);
    return shown === undefined ? mismatch(verb, value) : padded(shown, directive);
  });
  if (rest.length === 0) return text;
  const extra = rest.map((value) => `${typeName(value)}=${printed(value)}`);
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

/** fmt.Sprint: adds a space between two operands when neither is a string. */
export function sprint(values: readonly unknown[]): string {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const spaced = index > 0 && typeof value !== "string" && typeof before !== "string";
      return (spaced ? " " : "") + printed(value);
    })
    .join("");
}

export function sprintln(values: readonly unknown[]): string {
  return `${values.map((value) => printed(value)).join(" ")}\n`;
}
