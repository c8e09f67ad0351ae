// Splits a command into words with a shell's quoting rules, without expansion.
import { ComposeError } from "./compose-error.ts";

/** @throws ComposeError for an unterminated quote */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let isWord = false;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\" && quote !== "'") {
      const next = text.charAt(++at);
      // Inside double quotes a backslash is literal before most characters.
      word += quote === '"' && !['"', "\\", "$", "`"].includes(next) ? `\\${next}` : next;
      isWord = true;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      isWord = true;
    } else if (/\s/.test(character)) {
      if (isWord) words.push(word);
      word = "";
      isWord = false;
    } else {
      word += character;
      isWord = true;
    }
  }
  if (quote !== "") throw new ComposeError("invalid command line string");
  return isWord ? [...words, word] : words;
}
