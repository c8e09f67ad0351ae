// Patterns in substitutions (`${x#pattern}`): "*" and "?" as in a shell, without its brackets.

/** The regular expression that matches what the pattern does; `isGreedy` has "*" take as much as it can. */
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
