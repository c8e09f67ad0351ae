// The words of a Dockerfile instruction: split at blanks, with quotes and backslashes undone.
import { BerthError } from "../../api/errors.ts";

/** Words with their quotes removed; a backslash keeps the next character as it is. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let isOpen = false;
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === "\\" && quote !== "'" && index + 1 < text.length) {
      index += 1;
      word += text.charAt(index);
      isOpen = true;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      isOpen = true;
    } else if (/\s/.test(character)) {
      if (isOpen) words.push(word);
      word = "";
      isOpen = false;
    } else {
      word += character;
      isOpen = true;
    }
  }
  if (quote !== "")
    throw new BerthError("invalidParameter", "unexpected end of statement while looking for matching quote");
  if (isOpen) words.push(word);
  return words;
}

/** "name=value …", or the older form "name value with blanks". */
export function splitPairs(instruction: string, text: string): [name: string, value: string][] {
  const [, first = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (!first.includes("=")) {
    if (rest === "") throw new BerthError("invalidParameter", `${instruction} must have two arguments`);
    return [[first, rest]];
  }
  return splitWords(text).map((word) => {
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
