// "did you mean": the name with the smallest edit distance.
// Source: moby/buildkit, util/suggest.

/** Maximum edit distance of a typo. */
const MAX_DISTANCE = 2;

/** "" when no name is close, or the name is in the list. */
export function suggestion(name: string, names: readonly string[]): string {
  let best = "";
  let least = MAX_DISTANCE + 1;
  for (const candidate of names) {
    if (candidate === name) return "";
    const distance = distanceOf(name, candidate);
    if (distance >= least) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

/** The suggestion as the end of a message: " (did you mean mount?)"; "" when there is none. */
export function didYouMean(name: string, names: readonly string[]): string {
  const match = suggestion(name, names);
  return match === "" ? "" : ` (did you mean ${match}?)`;
}

/** The Levenshtein distance. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (const [column, compared] of [...other].entries()) {
      const change = (row[column] ?? 0) + (letter === compared ? 0 : 1);
      next.push(Math.min((next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
