// Variables in Compose files: $NAME and ${NAME}, with defaults, alternatives and required values, all of which may
// contain variables themselves.
import { ComposeError } from "./compose-error.ts";

export type Operator = ":-" | "-" | ":?" | "?" | ":+" | "+";

export type Part = string | { name: string; operator: Operator | undefined; word: readonly Part[] };

export type Lookup = (name: string) => string | undefined;

/** The value has an invalid variable syntax. */
export class InvalidTemplateError extends ComposeError {}

/** Bounds the recursion. */
const MAX_DEPTH = 50;

const NAME = /[_a-z][_a-z0-9]*/iy;
const OPERATOR = /:?[-?+]/y;

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function isOperator(text: string): text is Operator {
  return /^:?[-?+]$/.test(text);
}

/** Index of the brace that closes the one at `open`; the last brace when they are unbalanced; -1 without any. */
function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  const last = text.lastIndexOf("}");
  return last > open ? last : -1;
}

/** @throws InvalidTemplateError */
export function parseTemplate(text: string, depth = 0): Part[] {
  if (!text.includes("$")) return [text];
  const parts: Part[] = [];
  const invalid = () => new InvalidTemplateError(text);
  if (depth > MAX_DEPTH) throw invalid();
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0) break;
    if (dollar > at) parts.push(text.slice(at, dollar));
    const next = text[dollar + 1];
    const name = match(NAME, text, dollar + (next === "{" ? 2 : 1));
    if (next === "$") {
      parts.push("$");
      at = dollar + 2;
    } else if (next === "{") {
      const end = closingBrace(text, dollar + 1);
      const afterName = dollar + 2 + name.length;
      if (end < 0 || name === "") throw invalid();
      const operator = match(OPERATOR, text, afterName);
      if (operator === "" && afterName !== end) throw invalid();
      const word = text.slice(afterName + operator.length, end);
      parts.push({
        name,
        operator: isOperator(operator) ? operator : undefined,
        word: parseTemplate(word, depth + 1),
      });
      at = end + 1;
    } else if (name !== "") {
      parts.push({ name, operator: undefined, word: [] });
      at = dollar + 1 + name.length;
    } else {
      parts.push("$");
      at = dollar + 1;
    }
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

function expandPart(part: Exclude<Part, string>, lookup: Lookup, unset: (name: string) => void): string {
  const { name, operator, word } = part;
  const value = lookup(name);
  const isFilled = value !== undefined && (operator?.startsWith(":") ? value !== "" : true);
  switch (operator) {
    case undefined:
      if (value === undefined) unset(name);
      return value ?? "";
    case ":-":
    case "-":
      return isFilled ? value : expand(word, lookup, unset);
    case ":+":
    case "+":
      return isFilled ? expand(word, lookup, unset) : (value ?? "");
    case ":?":
    case "?": {
      if (isFilled) return value;
      const reason = expand(word, lookup, unset);
      throw new ComposeError(`required variable ${name} is missing a value${reason === "" ? "" : `: ${reason}`}`);
    }
  }
}

/**
 * @param unset called for each unset variable that is replaced with nothing
 * @throws ComposeError for a required variable without a value
 */
export function expand(parts: readonly Part[], lookup: Lookup, unset: (name: string) => void): string {
  return parts.map((part) => (typeof part === "string" ? part : expandPart(part, lookup, unset))).join("");
}

export function substitute(text: string, lookup: Lookup, unset: (name: string) => void): string {
  return text.includes("$") ? expand(parseTemplate(text), lookup, unset) : text;
}

export interface Variable {
  name: string;
  required: boolean;
  defaultValue: string;
  presenceValue: string;
}

function source(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return part.replaceAll("$", "$$$$");
      return `\${${part.name}${part.operator ?? ""}${source(part.word)}}`;
    })
    .join("");
}

/** All variables of a value, including those inside defaults. */
export function* variablesOf(parts: readonly Part[]): Generator<Variable> {
  for (const part of parts) {
    if (typeof part === "string") continue;
    const { name, operator, word } = part;
    yield {
      name,
      required: operator?.endsWith("?") ?? false,
      defaultValue: operator?.endsWith("-") ? source(word) : "",
      presenceValue: operator?.endsWith("+") ? source(word) : "",
    };
    yield* variablesOf(word);
  }
}
