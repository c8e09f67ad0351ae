// Expands variables in Dockerfile words as a POSIX shell does, and removes quotes and escapes.
// Source: Dockerfile reference, "Environment replacement".
import { BerthError, messageOf } from "../api/errors.ts";
import { shellPattern } from "./shell-pattern.ts";
import type { EscapeToken } from "./words.ts";

/** The value of a variable; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

export interface Expansion {
  /** The whole text as one word. */
  text: string;
  /** Split at blanks that are neither quoted nor escaped, including blanks in values. */
  words: string[];
}

const SPECIAL_PARAMETERS = "@*#?-$!";
/** Characters that a backslash escapes in double quotes. */
const ESCAPED_IN_QUOTES = ['"', "$"];

/** @throws BerthError invalidParameter */
export function expand(word: string, lookup: Lookup, token: EscapeToken): Expansion {
  try {
    return new Expander(word, lookup, token).all();
  } catch (thrown) {
    throw new BerthError("invalidParameter", `failed to process "${word}": ${messageOf(thrown)}`, thrown);
  }
}

/**
 * A command as displays show it: with the values of known variables. Of a RUN the shell expands the rest, so quotes and
 * unknown variables stay. Text that cannot be expanded is unchanged.
 */
export function expandForDisplay(command: string, lookup: Lookup, token: EscapeToken, isRun: boolean): string {
  try {
    return new Expander(command, lookup, token, isRun).all().text;
  } catch {
    return command;
  }
}

/**
 * Expands a here-document, in which quotes have no meaning. A backslash takes any character as it is, also where another
 * escape character is set.
 * @throws BerthError invalidParameter
 */
export function expandDocument(content: string, lookup: Lookup): string {
  return content.replaceAll(/\\[\s\S]?|\$(?:\{[^}]*\}|\w+)/g, (found) =>
    found.startsWith("\\") ? found.slice(1) : expand(found, lookup, "\\").text,
  );
}

class Expander {
  private readonly source: string;
  private readonly lookup: Lookup;
  private readonly token: EscapeToken;
  private readonly isPartial: boolean;
  private position = 0;

  /** @param isPartial whether quotes and variables that are not set are kept, for a later expansion */
  constructor(source: string, lookup: Lookup, token: EscapeToken, isPartial = false) {
    this.source = source;
    this.lookup = lookup;
    this.token = token;
    this.isPartial = isPartial;
  }

  all(): Expansion {
    const words: string[] = [];
    let word: string | undefined;
    const text = this.until("", false, (piece, isPlain) => {
      if (!isPlain) {
        word = (word ?? "") + piece;
        return;
      }
      for (const part of piece.split(/(\s+)/)) {
        if (part === "") continue;
        if (part.trim() !== "") word = (word ?? "") + part;
        else if (word !== undefined) {
          words.push(word);
          word = undefined;
        }
      }
    });
    if (word !== undefined && word !== "") words.push(word);
    return { text, words };
  }

  /**
   * Expands up to and including `end`; "" means the end of the word.
   * @param keepsEscapes for patterns, which have their own escapes
   */
  private until(end: string, keepsEscapes: boolean, onPiece?: (piece: string, isPlain: boolean) => void): string {
    let text = "";
    const add = (piece: string, isPlain: boolean): void => {
      text += piece;
      onPiece?.(piece, isPlain);
    };
    while (this.position < this.source.length) {
      const character = this.next();
      if (character === end) return text;
      if (character === "'") add(this.singleQuoted(), false);
      else if (character === '"') add(this.doubleQuoted(), false);
      else if (character === "$") add(this.variable(), true);
      else if (character !== this.token) add(character, true);
      else if (this.position < this.source.length) add((keepsEscapes ? character : "") + this.next(), false);
    }
    if (end !== "")
      throw new Error(end === "}" ? "syntax error: missing '}'" : `syntax error: missing '${end}' in \${}`);
    return text;
  }

  private singleQuoted(): string {
    const end = this.source.indexOf("'", this.position);
    if (end === -1) throw new Error("unexpected end of statement while looking for matching single-quote");
    const text = this.source.slice(this.position, end);
    this.position = end + 1;
    return this.isPartial ? `'${text}'` : text;
  }

  private doubleQuoted(): string {
    let text = "";
    while (this.position < this.source.length) {
      const character = this.next();
      if (character === '"') return this.isPartial ? `"${text}"` : text;
      if (character === "$") text += this.variable();
      else if (character !== this.token) text += character;
      else if ([...ESCAPED_IN_QUOTES, this.token].includes(this.peek())) text += this.next();
      else if (this.position < this.source.length) text += character;
    }
    throw new Error("unexpected end of statement while looking for matching double-quote");
  }

  private variable(): string {
    const start = this.position - 1;
    if (this.peek() !== "{") {
      const name = this.name();
      return name === "" ? "$" : (this.lookup(name) ?? this.unset(start));
    }
    this.next();
    if (this.peek() === "") throw new Error("syntax error: missing '}'");
    if (["{", "}", ":"].includes(this.peek())) throw new Error("syntax error: bad substitution");
    const name = this.name();
    const value = this.modified(name, this.next());
    return this.isPartial && this.lookup(name) === undefined ? this.unset(start) : value;
  }

  /** The replacement of an unset variable. */
  private unset(start: number): string {
    return this.isPartial ? this.source.slice(start, this.position) : "";
  }

  private modified(name: string, modifier: string): string {
    if (modifier === "}") return this.lookup(name) ?? "";
    if (modifier === "") throw new Error("syntax error: missing '}'");
    if (modifier === "#" || modifier === "%") return this.trimmed(name, modifier);
    if (modifier === "/") return this.replaced(name);
    return this.defaulted(name, modifier);
  }

  /** "-", "+" and "?"; with a colon, an empty value counts as unset. */
  private defaulted(name: string, first: string): string {
    const emptyIsUnset = first === ":";
    const modifier = emptyIsUnset ? this.next() : first;
    if (!["-", "+", "?"].includes(modifier)) {
      throw new Error(`unsupported modifier (${emptyIsUnset ? ":" : ""}${modifier}) in substitution`);
    }
    const word = this.until("}", false);
    const found = this.lookup(name);
    const value = emptyIsUnset && found === "" ? undefined : found;
    if (modifier === "-") return value ?? word;
    if (modifier === "+") return value === undefined ? "" : word;
    if (value !== undefined) return value;
    throw new Error(`${name}: ${word || `is not allowed to be ${found === undefined ? "unset" : "empty"}`}`);
  }

  private trimmed(name: string, modifier: "#" | "%"): string {
    const isGreedy = this.peek() === modifier;
    if (isGreedy) this.next();
    const pattern = shellPattern(this.until("}", true), isGreedy);
    const value = this.lookup(name) ?? "";
    if (modifier === "#") return value.replace(new RegExp(`^(?:${pattern})`, "s"), "");
    // The shortest suffix starts last: search from the back.
    const whole = new RegExp(`^(?:${pattern})$`, "s");
    const starts = Array.from({ length: value.length + 1 }, (_, index) => index);
    const start = (isGreedy ? starts : starts.reverse()).find((index) => whole.test(value.slice(index)));
    return start === undefined ? value : value.slice(0, start);
  }

  private replaced(name: string): string {
    const isGlobal = this.peek() === "/";
    if (isGlobal) this.next();
    const pattern = new RegExp(shellPattern(this.until("/", true), true), isGlobal ? "gs" : "s");
    const replacement = this.until("}", false);
    return (this.lookup(name) ?? "").replace(pattern, () => replacement);
  }

  private name(): string {
    if (this.peek() !== "" && SPECIAL_PARAMETERS.includes(this.peek())) return this.next();
    const [name = ""] = /^(?:\d+|[\p{L}_][\p{L}\p{N}_]*)?/u.exec(this.source.slice(this.position)) ?? [];
    this.position += name.length;
    return name;
  }

  private peek(): string {
    return this.source.charAt(this.position);
  }

  private next(): string {
    return this.source.charAt(this.position++);
  }
}
