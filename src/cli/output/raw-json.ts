// Reformats JSON without parsing it, to keep every digit and escape as the engine sent it.

/** Removes white space between tokens. */
export function compactJson(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) => (part.startsWith('"') ? part : ""));
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g;

/** Indents with `indent`, one value per line; the first line is not indented. */
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
