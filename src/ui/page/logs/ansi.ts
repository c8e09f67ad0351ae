// Colours of terminal output. Logs only use "select graphic rendition"; other escape sequences are removed.

export interface Piece {
  text: string;
  /** Class names of the page's theme. */
  style: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const SEQUENCE = /\x1b(?:\[([0-9;:]*)([A-Za-z])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|.)/g;
// Those that terminals do not show, and those that would reverse the rest of the line.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are meant
const INVISIBLE = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f\u202a-\u202e\u2066-\u2069]/g;

/** The line without escape sequences. */
export const plain = (line: string): string => line.replace(SEQUENCE, "").replace(INVISIBLE, "");

export function pieces(line: string): Piece[] {
  const found: Piece[] = [];
  let style = new Map<string, string>();
  let at = 0;
  const push = (text: string): void => {
    const clean = text.replace(INVISIBLE, "");
    if (clean !== "") found.push({ text: clean, style: [...style.values()].join(" ") });
  };
  for (const match of line.matchAll(SEQUENCE)) {
    push(line.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[2] === "m") style = applied(style, (match[1] ?? "").split(/[;:]/).map(Number));
  }
  push(line.slice(at));
  return found;
}

function applied(before: ReadonlyMap<string, string>, codes: readonly number[]): Map<string, string> {
  const style = new Map(before);
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0;
    if (code === 0) style.clear();
    else if (code === 1) style.set("weight", "ansi-bold");
    else if (code === 2) style.set("weight", "ansi-dim");
    else if (code === 3) style.set("slant", "ansi-italic");
    else if (code === 4) style.set("line", "ansi-underline");
    else if (code === 22) style.delete("weight");
    else if (code === 23) style.delete("slant");
    else if (code === 24) style.delete("line");
    else if (code >= 30 && code <= 37) style.set("colour", `ansi-${code - 30}`);
    else if (code >= 90 && code <= 97) style.set("colour", `ansi-${code - 90}`);
    else if (code === 39) style.delete("colour");
    else if (code === 38 || code === 48) {
      // Of 256-colour and RGB codes only the first sixteen are supported; others keep the text's colour.
      const value = codes[index + 2] ?? 0;
      if (code === 38 && codes[index + 1] === 5 && value < 16) style.set("colour", `ansi-${value % 8}`);
      index += codes[index + 1] === 5 ? 2 : 4;
    }
  }
  return style;
}

/** The pieces of a line between two positions in its plain text. */
export function piecesBetween(line: string, start: number, end: number): Piece[] {
  // Long lines without colours are common, and each of their rows is rendered here.
  if (!line.includes("\x1b")) return [{ text: plain(line).slice(start, end), style: "" }];
  const found: Piece[] = [];
  let at = 0;
  for (const { text, style } of pieces(line)) {
    const part = text.slice(Math.max(0, start - at), Math.max(0, end - at));
    if (part !== "") found.push({ text: part, style });
    at += text.length;
  }
  return found;
}
