// Splits an instruction into words that keep their quotes and escapes, which variable expansion needs later.

import { BerthError } from "../api/errors.ts";
import { splitPair } from "../api/pairs.ts";

/** The escape and line continuation character. */
export type EscapeToken = "\\" | "`";

/** Split at unquoted blanks. */
export function rawWords(text: string, token: EscapeToken): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === token && quote !== "'" && index + 1 < text.length) {
      word += character + text.charAt(++index);
    } else if (quote !== "") {
      if (character === quote) quote = "";
      word += character;
    } else if (/\s/.test(character)) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      if (character === '"' || character === "'") quote = character;
      word += character;
    }
  }
  if (word !== "") words.push(word);
  return words;
}

/** "name=value …", or the older form "name value with blanks". @throws BerthError invalidParameter */
export function rawPairs(instruction: string, text: string, token: EscapeToken): [name: string, value: string][] {
  const [, first = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (first === "") throw new BerthError("invalidParameter", `${instruction} requires at least one argument`);
  const words = rawWords(text, token);
  if (!words[0]?.includes("=")) {
    if (rest === "") throw new WordsError(`${instruction} must have two arguments`);
    return [[first, rest]];
  }
  return words.map((word) => {
    const [name, value] = splitPair(word);
    if (value === undefined) {
      throw new WordsError(`Syntax error - can't find = in "${word}". Must be of the form: name=value`);
    }
    if (name === "") throw new BerthError("invalidParameter", `${instruction} names can not be blank`);
    return [name, value];
  });
}

/** A JSON list of strings; undefined for anything but a list, which is shell form. @throws WordsError for other lists */
export function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    if (!Array.isArray(words)) return undefined;
    if (words.every((word) => typeof word === "string")) return words;
  } catch {
    // Invalid JSON is shell form, as in Docker.
    return undefined;
  }
  throw new WordsError("when using JSON array syntax, arrays must be comprised of strings only");
}

/** The words of an instruction do not have its form. */
export class WordsError extends BerthError {
  constructor(message: string) {
    super("invalidParameter", message);
  }
}
