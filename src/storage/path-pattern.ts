// Path patterns with the rules of Go's filepath.Match: "*" and "?" do not match a slash, "[^a-z]" is a character class,
// a backslash escapes. A character is a Unicode code point. Matching takes time proportional to the lengths of pattern
// and name for any pattern.
// Source: https://pkg.go.dev/path/filepath#Match
import { BerthError } from "../api/errors.ts";

/** Whether one code point matches. */
type Place = (character: string) => boolean;

/** A run of single-character matchers; `anywhere` allows any characters but slashes before it. */
interface Chunk {
  anywhere: boolean;
  places: Place[];
}

export interface PathPattern {
  test(name: string): boolean;
}

/** @throws BerthError invalidParameter for a malformed pattern */
export function pathPattern(pattern: string): PathPattern {
  const chunks = parse(Array.from(pattern));
  return { test: (name) => matches(chunks, Array.from(name)) };
}

/** Whether it contains any special character. */
export function hasWildcard(path: string): boolean {
  return /[*?[]/.test(path.replaceAll(/\\./gs, ""));
}

/** The only path matched by a pattern without wildcards. */
export function withoutEscapes(pattern: string): string {
  return pattern.replaceAll(/\\(.)/gs, "$1");
}

function parse(pattern: readonly string[]): Chunk[] {
  const chunks: Chunk[] = [{ anywhere: false, places: [] }];
  let at = 0;
  while (at < pattern.length) {
    const character = pattern[at++] ?? "";
    const places = chunks.at(-1)?.places ?? [];
    if (character === "*") chunks.push({ anywhere: true, places: [] });
    else if (character === "?") places.push((given) => given !== "/");
    else if (character === "[") {
      const { place, end } = parseClass(pattern, at);
      places.push(place);
      at = end;
    } else {
      const literal = character === "\\" ? pattern[at++] : character;
      if (literal === undefined) throw malformed();
      places.push((given) => given === literal);
    }
  }
  return chunks;
}

/** A class whose content starts at `start`; `end` is after its "]". Unlike "?", a class may match a slash. */
function parseClass(pattern: readonly string[], start: number): { place: Place; end: number } {
  let at = start;
  const isNegated = pattern[at] === "^";
  if (isNegated) at += 1;
  const bound = (): number => {
    let character = pattern[at++];
    if (character === "-" || character === "]") throw malformed();
    if (character === "\\") character = pattern[at++];
    // Something must follow, at least the "]".
    const code = character?.codePointAt(0);
    if (code === undefined || at >= pattern.length) throw malformed();
    return code;
  };
  const ranges: [low: number, high: number][] = [];
  while (ranges.length === 0 || pattern[at] !== "]") {
    const low = bound();
    if (pattern[at] !== "-") {
      ranges.push([low, low]);
      continue;
    }
    at += 1;
    ranges.push([low, bound()]);
  }
  const place = (given: string): boolean => {
    const code = given.codePointAt(0) ?? 0;
    return ranges.some(([low, high]) => low <= code && code <= high) !== isNegated;
  };
  return { place, end: at + 1 };
}

/** Matching each chunk as far left as possible leaves the most for later ones, so no backtracking is needed. */
function matches(chunks: readonly Chunk[], name: readonly string[]): boolean {
  let at = 0;
  for (const [index, { anywhere, places }] of chunks.entries()) {
    const isLast = index === chunks.length - 1;
    const fits = (start: number): boolean => {
      const end = start + places.length;
      if (end > name.length || (isLast && end < name.length)) return false;
      return places.every((place, offset) => place(name[start + offset] ?? ""));
    };
    let start = at;
    while (!fits(start)) {
      if (!anywhere || start >= name.length || name[start] === "/") return false;
      start += 1;
    }
    at = start + places.length;
  }
  return true;
}

const malformed = (): BerthError => new BerthError("invalidParameter", "syntax error in pattern");
