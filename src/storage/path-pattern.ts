// Patterns of paths as Go's path.Match reads them: "*" and "?" stop at slashes, "[a-z]" is a class, a backslash takes
// the next character's meaning.
import { BerthError } from "../api/errors.ts";

/** @throws BerthError invalidParameter for what is no pattern */
export function pathPattern(pattern: string): RegExp {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "[") {
      const end = pattern.indexOf("]", index + 1);
      if (end === -1) throw malformed();
      source += `[${pattern.slice(index + 1, end).replaceAll("\\", "\\\\")}]`;
      index = end;
    } else {
      if (character === "\\") index += 1;
      source += pattern.charAt(index).replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    }
  }
  try {
    return new RegExp(`^${source}$`);
  } catch {
    throw malformed();
  }
}

/** Whether anything in it can stand for something else. */
export function hasWildcard(path: string): boolean {
  return /[*?[]/.test(path.replaceAll(/\\./gs, ""));
}

/** What a pattern without wildcards stands for. */
export function withoutEscapes(pattern: string): string {
  return pattern.replaceAll(/\\(.)/gs, "$1");
}

const malformed = (): BerthError => new BerthError("invalidParameter", "syntax error in pattern");
