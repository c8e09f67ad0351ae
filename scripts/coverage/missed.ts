// Merges the records of processes: a line is missed if no process that loaded its file ran it.

/** Path of a file → the lines that no process has run. */
export type Missed = Map<string, Set<number>>;

/** @param record text written by record.ts */
export function addRecord(missed: Missed, record: string): void {
  for (const row of record.split("\n").filter((text) => text !== "")) {
    const [path = "", ranges = ""] = row.split("\t");
    const lines = parseRanges(ranges);
    const known = missed.get(path);
    missed.set(path, known === undefined ? lines : known.intersection(lines));
  }
}

function parseRanges(text: string): Set<number> {
  const lines = new Set<number>();
  for (const range of text.split(",").filter((part) => part !== "")) {
    const [first = 0, last = first] = range.split("-").map(Number);
    for (let line = first; line <= last; line++) lines.add(line);
  }
  return lines;
}

/** Formats lines as "8-10,13". */
export function formatRanges(lines: ReadonlySet<number>): string {
  const ranges: { first: number; last: number }[] = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range?.last === line - 1) range.last = line;
    else ranges.push({ first: line, last: line });
  }
  return ranges.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(",");
}
