// Parses the WWW-Authenticate header. Source: RFC 9110, section 11.6.1.

export interface Challenge {
  /** In lower case: "basic", "bearer". */
  scheme: string;
  /** Names in lower case. */
  parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const BLANKS = /[ \t]*/y;

/** Parses all challenges of a header, up to the first syntax error. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let position = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(header);
    if (!found) return undefined;
    position = pattern.lastIndex;
    return found[1] ?? found[0];
  };
  const skip = (...separators: string[]): boolean => {
    match(BLANKS);
    const isThere = separators.includes(header.charAt(position)) && position < header.length;
    if (isThere) position += 1;
    match(BLANKS);
    return isThere;
  };
  let parameters = new Map<string, string>();
  while (position < header.length) {
    while (skip(","));
    const word = match(TOKEN);
    if (word === undefined) break;
    if (!skip("=")) {
      parameters = new Map();
      challenges.push({ scheme: word.toLowerCase(), parameters });
      continue;
    }
    const quoted = match(QUOTED);
    const value = quoted === undefined ? match(TOKEN) : quoted.replaceAll(/\\(.)/g, "$1");
    if (value === undefined) break;
    parameters.set(word.toLowerCase(), value);
  }
  return challenges;
}
