// Patterns in substitutions (`${x#pattern}`): shell wildcards "*" and "?", without brackets.

/** Converts the pattern to a regular expression; `isGreedy` makes "*" greedy. */
export function shellPattern(pattern: string, isGreedy: boolean): string {
  let expression = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === "*") expression += isGreedy ? ".*" : ".*?";
    else if (character === "?") expression += ".";
    else if (character === "\\" && index + 1 < pattern.length) expression += quoted(pattern.charAt(++index));
    else expression += quoted(character);
  }
  return expression;
}

const quoted = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
