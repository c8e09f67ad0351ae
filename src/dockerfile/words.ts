// The words of an instruction, with their quotes and escapes still in them: variables are replaced later, and what is
// quoted is known only from its quotes.
import { BerthError } from "../api/errors.ts";

/** What a character is escaped with, and a line continued. */
export type EscapeToken = "\\" | "`";

/** Split at blanks outside of quotes. */
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
    if (rest === "") throw new BerthError("invalidParameter", `${instruction} must have two arguments`);
    return [[first, rest]];
  }
  return words.map((word) => {
    const equals = word.indexOf("=");
    if (equals === -1) {
      throw new BerthError(
        "invalidParameter",
        `Syntax error - can't find = in "${word}". Must be of the form: name=value`,
      );
    }
    if (equals === 0) throw new BerthError("invalidParameter", `${instruction} names can not be blank`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** A JSON list of texts; undefined for everything else, which Docker takes as it stands. */
export function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  } catch {
    // What only looks like a list is a line for the shell.
  }
  return undefined;
}
