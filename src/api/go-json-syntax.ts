// Parses JSON with the error messages of Go's decoder, which clients of Docker print and compare.
// Source: encoding/json/scanner.go of Go 1.24.

/** Of Docker, whose decoder stops after the first value. */
export const CONTENT_AFTER_JSON = "unexpected content after JSON";

/** Nested objects and arrays. */
const MAX_DEPTH = 10_000;

const SPACE = /[ \t\r\n]*/y;
/** Up to its end, or to the character that does not belong to it. */
const STRING = /"(?:[ !#-[\]-\xff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LITERALS = ["true", "false", "null"] as const;

/** @throws SyntaxError in Go's words; the text has one value and nothing after it */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (thrown) {
    const reason = syntaxErrorOf(Buffer.from(text).toString("latin1"));
    throw new SyntaxError(reason ?? CONTENT_AFTER_JSON, { cause: thrown });
  }
}

type Expected = "value" | "first element" | "first key" | "key" | "colon" | "end of element";

/** Why Go does not read a value from these bytes, one character each; undefined when it reads one. */
function syntaxErrorOf(bytes: string): string | undefined {
  const scanner = new Scanner(bytes);
  const open: ("object" | "array")[] = [];
  let expected: Expected = "value";
  for (;;) {
    const next = scanner.next();
    const around = open.at(-1);
    if (next === undefined) return "unexpected EOF";
    if (expected === "colon") {
      if (next !== ":") return invalid(next, "after object key");
      scanner.skip();
      expected = "value";
    } else if (expected === "end of element") {
      const closes = around === "object" ? "}" : "]";
      if (next !== "," && next !== closes) {
        return invalid(next, around === "object" ? "after object key:value pair" : "after array element");
      }
      scanner.skip();
      if (next === ",") expected = around === "object" ? "key" : "value";
      else open.pop();
    } else if ((expected === "first key" && next === "}") || (expected === "first element" && next === "]")) {
      scanner.skip();
      open.pop();
      expected = "end of element";
    } else if (expected === "first key" || expected === "key") {
      if (next !== '"') return invalid(next, "looking for beginning of object key string");
      const reason = scanner.scalar(next);
      if (reason !== undefined) return reason;
      expected = "colon";
    } else if (next === "{" || next === "[") {
      if (open.length === MAX_DEPTH) return "exceeded max depth";
      scanner.skip();
      open.push(next === "{" ? "object" : "array");
      expected = next === "{" ? "first key" : "first element";
    } else {
      const reason = scanner.scalar(next);
      if (reason !== undefined) return reason;
      expected = "end of element";
    }
    if (expected === "end of element" && open.length === 0) return undefined;
  }
}

class Scanner {
  private readonly bytes: string;
  private at = 0;

  constructor(bytes: string) {
    this.bytes = bytes;
  }

  /** The next character that is no white space. */
  next(): string | undefined {
    this.take(SPACE);
    return this.bytes[this.at];
  }

  skip(): void {
    this.at++;
  }

  /** Passes over a string, number or literal. Returns why it is none. */
  scalar(first: string): string | undefined {
    if (first === '"') return this.string();
    if (first === "-" || (first >= "0" && first <= "9")) return this.number();
    const literal = LITERALS.find((word) => word.startsWith(first));
    return literal === undefined ? invalid(first, "looking for beginning of value") : this.literal(literal);
  }

  private string(): string | undefined {
    this.take(STRING);
    const found = this.bytes[this.at];
    if (found === '"') {
      this.at++;
      return undefined;
    }
    if (found !== "\\") return invalidOrEnd(found, "in string literal");
    const escaped = this.bytes[this.at + 1];
    if (escaped !== "u") return invalidOrEnd(escaped, "in string escape code");
    const digits = /[0-9a-fA-F]*/y;
    digits.lastIndex = this.at + 2;
    digits.test(this.bytes);
    return invalidOrEnd(this.bytes[digits.lastIndex], "in \\u hexadecimal character escape");
  }

  private number(): string | undefined {
    this.take(NUMBER);
    const [last, found] = [this.bytes[this.at - 1], this.bytes[this.at]];
    // The longest number ends before a part that lacks its digits.
    if (found === "-") return invalidOrEnd(this.bytes[this.at + 1], "in numeric literal");
    if (last === undefined || !/[0-9]/.test(last)) return undefined;
    if (found === ".") return invalidOrEnd(this.bytes[this.at + 1], "after decimal point in numeric literal");
    if (found !== "e" && found !== "E") return undefined;
    const sign = /[+-]/.test(this.bytes[this.at + 1] ?? "") ? 1 : 0;
    return invalidOrEnd(this.bytes[this.at + 1 + sign], "in exponent of numeric literal");
  }

  private literal(word: string): string | undefined {
    for (const expected of word) {
      const found = this.bytes[this.at];
      if (found !== expected) return invalidOrEnd(found, `in literal ${word} (expecting '${expected}')`);
      this.at++;
    }
    return undefined;
  }

  private take(expression: RegExp): void {
    expression.lastIndex = this.at;
    if (expression.test(this.bytes)) this.at = expression.lastIndex;
  }
}

const invalidOrEnd = (found: string | undefined, where: string): string =>
  found === undefined ? "unexpected EOF" : invalid(found, where);

function invalid(found: string, where: string): string {
  const quoted = found === "'" ? "\\'" : found === '"' ? found : goEscape(found);
  return `invalid character '${quoted}' ${where}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

/** As strconv.Quote writes it. */
function goEscape(found: string): string {
  const code = found.charCodeAt(0);
  const known = ESCAPES[found];
  if (known !== undefined) return known;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  return (code >= 0x80 && code <= 0xa0) || code === 0xad ? `\\u${code.toString(16).padStart(4, "0")}` : found;
}
