// JSON laid out anew without being read: every digit and every escape stays as the engine wrote it.

/** The text without the white space between its parts. */
export function compactJson(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) => (part.startsWith('"') ? part : ""));
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g;

/** The text with one value a line, `indent` a level; the first line is not indented. */
export function indentJson(text: string, indent: string, prefix = ""): string {
  let level = 0;
  let result = "";
  let before = "";
  const newline = (): string => `\n${prefix}${indent.repeat(level)}`;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "}" || token === "]") {
      level--;
      if (before !== "{" && before !== "[") result += newline();
    } else if (before === "{" || before === "[" || before === ",") {
      result += newline();
    }
    result += token === ":" ? ": " : token;
    if (token === "{" || token === "[") level++;
    before = token;
  }
  return result;
}
