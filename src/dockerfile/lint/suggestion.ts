// "did you mean": the name that differs from another by the fewest letters.

/** Names that differ by more letters are no mistypings. */
const MAX_DISTANCE = 2;

/** "" when none is near, or the name is among them. */
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

/** Levenshtein's: how many letters to add, take away or change. */
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
