// Splits a Go template into text and action tokens.

/** Syntax error; the message is Go's, after "template: :". */
export class TemplateSyntaxError extends Error {}

export type TokenKind =
  | "text"
  | "open"
  | "close"
  | "identifier"
  | "field"
  | "variable"
  | "dot"
  | "string"
  | "number"
  | "character"
  | "space"
  | "pipe"
  | "comma"
  | "leftParenthesis"
  | "rightParenthesis"
  | "declare"
  | "assign"
  | "end";

export interface Token {
  kind: TokenKind;
  /** Source text; for "string" the unquoted value, for "field" and "variable" the name without its prefix. */
  value: string;
  /** Offset in the template. */
  at: number;
}

const OPEN = "{{";
const CLOSE = "}}";
const SPACE = /^[ \t\r\n]+/;

const SIGNS: readonly (readonly [string, TokenKind])[] = [
  [":=", "declare"],
  ["=", "assign"],
  ["|", "pipe"],
  [",", "comma"],
];

const NUMBER = /^[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/;
const CHARACTER = /^'(?:[^'\\\n]|\\.)+'/;
const QUOTED = /^"(?:[^"\\\n]|\\.)*"/;
const RAW = /^`[^`]*`/;
const WORD = /^[\p{L}_][\p{L}\p{N}_]*/u;

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The value of the inside of a Go string or character literal. */
function literalValue(literal: string): string {
  const pattern = /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)/gs;
  return literal.replace(pattern, (_, code: string) => {
    const kind = code.charAt(0);
    if (/[xuU]/.test(kind) && code.length > 1) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]{3}$/.test(code)) return String.fromCodePoint(Number.parseInt(code, 8));
    return ESCAPES[kind] ?? kind;
  });
}

/** "U+007D '}'" */
function codePointName(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `U+${code} '${character}'`;
}

function lineOf(template: string, at: number): number {
  return template.slice(0, at).split("\n").length;
}

export function syntaxError(template: string, at: number, message: string): TemplateSyntaxError {
  return new TemplateSyntaxError(`template: :${lineOf(template, at)}: ${message}`);
}

class Lexer {
  readonly tokens: Token[] = [];
  #at = 0;
  #depth = 0;
  /** The previous action ended with " -}}": trim the following white space. */
  #trimNext = false;
  readonly #template: string;

  constructor(template: string) {
    this.#template = template;
  }

  run(): void {
    while (this.#at < this.#template.length) {
      const open = this.#template.indexOf(OPEN, this.#at);
      const end = open < 0 ? this.#template.length : open;
      const trimsBefore = open >= 0 && /^\{\{-[ \t\r\n]/.test(this.#template.slice(open, open + 4));
      let text = this.#template.slice(this.#at, end);
      if (this.#trimNext) text = text.trimStart();
      if (trimsBefore) text = text.trimEnd();
      if (text !== "") this.#push("text", text);
      this.#trimNext = false;
      this.#at = end;
      if (open >= 0) this.#action(trimsBefore);
    }
    this.#push("end", "");
  }

  #push(kind: TokenKind, value: string, at = this.#at): void {
    this.tokens.push({ kind, value, at });
  }

  #fail(message: string, at = this.#at): TemplateSyntaxError {
    return syntaxError(this.#template, at, message);
  }

  #action(trimsBefore: boolean): void {
    const start = this.#at;
    this.#at += OPEN.length + (trimsBefore ? 2 : 0);
    if (this.#template.startsWith("/*", this.#at)) {
      this.#comment();
      return;
    }
    this.#push("open", OPEN, start);
    this.#depth = 0;
    while (!this.#atClose()) this.#token(start);
    if (this.#depth > 0) throw this.#fail("unclosed left paren");
    this.#push("close", CLOSE);
    this.#consumeClose();
  }

  #comment(): void {
    const end = this.#template.indexOf("*/", this.#at);
    if (end < 0) throw this.#fail("unclosed comment");
    this.#at = end + 2;
    if (!this.#atClose()) throw this.#fail("comment ends before closing delimiter");
    this.#consumeClose();
  }

  #atClose(): boolean {
    return /^(?:[ \t\r\n]-)?\}\}/.test(this.#template.slice(this.#at, this.#at + 4));
  }

  #consumeClose(): void {
    this.#trimNext = !this.#template.startsWith(CLOSE, this.#at);
    this.#at += CLOSE.length + (this.#trimNext ? 2 : 0);
  }

  #take(pattern: RegExp): string | undefined {
    return pattern.exec(this.#template.slice(this.#at))?.[0];
  }

  #emit(kind: TokenKind, source: string, value = source): void {
    this.#push(kind, value);
    this.#at += source.length;
  }

  #token(actionStart: number): void {
    const first = this.#template.charAt(this.#at);
    if (first === "") throw this.#fail("unclosed action", actionStart);
    const known =
      this.#space() ||
      this.#sign() ||
      this.#parenthesis(first) ||
      this.#text(first) ||
      this.#name(first) ||
      this.#word();
    if (known) {
      this.#requireTerminator();
      return;
    }
    throw this.#fail(`unrecognized character in action: ${codePointName(first)}`);
  }

  /** Fields, variables, words and the dot must be followed by a terminator. */
  #requireTerminator(): void {
    const kind = this.tokens.at(-1)?.kind;
    if (kind !== "field" && kind !== "variable" && kind !== "identifier" && kind !== "dot") return;
    const next = this.#template.charAt(this.#at);
    if (next === "" || /[\s.,|:=()]/.test(next) || this.#template.startsWith(CLOSE, this.#at)) return;
    throw this.#fail(`bad character ${codePointName(next)}`);
  }

  #space(): boolean {
    const space = this.#take(SPACE);
    if (space === undefined) return false;
    // The space belongs to a closing " -}}".
    const belongsToClose = space.length > 1 && this.#template.startsWith("-}}", this.#at + space.length);
    this.#emit("space", belongsToClose ? space.slice(0, -1) : space);
    return true;
  }

  #sign(): boolean {
    for (const [sign, kind] of SIGNS) {
      if (!this.#template.startsWith(sign, this.#at)) continue;
      this.#emit(kind, sign);
      return true;
    }
    return false;
  }

  #parenthesis(first: string): boolean {
    if (first === "(") this.#depth++;
    else if (first === ")") this.#depth--;
    else return false;
    if (this.#depth < 0) throw this.#fail("unexpected right paren");
    this.#emit(first === "(" ? "leftParenthesis" : "rightParenthesis", first);
    return true;
  }

  /** A string or a character. */
  #text(first: string): boolean {
    if (first === '"') this.#quoted(QUOTED, "unterminated quoted string");
    else if (first === "`") this.#quoted(RAW, "unterminated raw quoted string");
    else if (first === "'") {
      const character = this.#take(CHARACTER);
      if (character === undefined) throw this.#fail("unterminated character constant");
      this.#emit("character", character, literalValue(character.slice(1, -1)));
    } else return false;
    return true;
  }

  /** A field, a variable or the dot itself. */
  #name(first: string): boolean {
    const name = WORD.exec(this.#template.slice(this.#at + 1))?.[0];
    if (first === "$") this.#emit("variable", `$${name ?? ""}`, name ?? "");
    else if (first !== "." || /\d/.test(this.#template.charAt(this.#at + 1))) return false;
    else if (name === undefined) this.#emit("dot", ".");
    else this.#emit("field", `.${name}`, name);
    return true;
  }

  /** A number or a word. */
  #word(): boolean {
    const number = this.#take(NUMBER);
    if (number === undefined) {
      const word = this.#take(WORD);
      if (word !== undefined) this.#emit("identifier", word);
      return word !== undefined;
    }
    const after = this.#template.charAt(this.#at + number.length);
    if (WORD.test(after)) throw this.#fail(`bad number syntax: ${JSON.stringify(number + after)}`);
    this.#emit("number", number);
    return true;
  }

  #quoted(pattern: RegExp, problem: string): void {
    const source = this.#take(pattern);
    if (source === undefined) throw this.#fail(problem);
    const inside = source.slice(1, -1);
    this.#emit("string", source, source.startsWith("`") ? inside : literalValue(inside));
  }
}

/** @throws TemplateSyntaxError */
export function tokenize(template: string): Token[] {
  const lexer = new Lexer(template);
  lexer.run();
  return lexer.tokens;
}
