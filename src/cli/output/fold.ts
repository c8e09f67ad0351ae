// A table that is wider than the terminal: cells of its widest columns go on in the next line, so that columns stay
// columns. Only for people; what is piped is never folded.

/** Between columns: less before words are cut. */
const GAPS = [3, 2, 1];
const NARROWEST = 6;

function natural(cells: readonly string[][], column: number): number {
  return Math.max(...cells.map((line) => line[column]?.length ?? 0));
}

/** Where a cell may end so that it reads well: after a comma, at a space, behind a slash, dash or arrow; else anywhere. */
function breakAt(text: string, width: number): number {
  const head = text.slice(0, width + 1);
  const comma = head.lastIndexOf(", ");
  if (comma > 0) return comma + 1;
  const space = head.lastIndexOf(" ");
  if (space > 0) return space;
  const joints = [...text.slice(0, width).matchAll(/\/|->|-(?!>)/g)];
  const joint = joints.at(-1);
  const end = joint ? joint.index + joint[0].length : 0;
  return end > width / 2 ? end : width;
}

function wrapCell(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const end = breakAt(rest, width);
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

function total(widths: readonly number[], gap: number): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1);
}

/** Takes from the widest column, one by one, until the table fits or nothing can give. */
function fit(widths: readonly number[], least: readonly number[], room: number, gap: number): number[] {
  const fitted = [...widths];
  while (total(fitted, gap) > room) {
    let widest = -1;
    for (const [column, width] of fitted.entries()) {
      const canGive = width > (least[column] ?? 0);
      if (canGive && (widest < 0 || width > (fitted[widest] ?? 0))) widest = column;
    }
    const width = fitted[widest];
    if (width === undefined) break;
    fitted[widest] = width - 1;
  }
  return fitted;
}

/** `cells` are lines of cells, titles first. */
export function foldTable(cells: readonly string[][], room: number): string {
  const titles = cells[0] ?? [];
  const widths = titles.map((_, column) => natural(cells, column));
  const least = titles.map((title, column) => Math.min(widths[column] ?? 0, Math.max(title.length, NARROWEST)));
  // Identifiers are copied from the screen: the first column stays whole.
  least[0] = widths[0] ?? 0;
  const gap = GAPS.find((each) => total(least, each) <= room) ?? 1;
  const fitted = fit(widths, least, room, gap);
  const lines = cells.flatMap((line) => {
    const wrapped = line.map((cell, column) => wrapCell(cell, Math.max(1, fitted[column] ?? 1)));
    const height = Math.max(...wrapped.map((cell) => cell.length));
    return Array.from({ length: height }, (_, row) =>
      wrapped
        .map((cell, column) => (cell[row] ?? "").padEnd(fitted[column] ?? 0))
        .join(" ".repeat(gap))
        .trimEnd(),
    );
  });
  return `${lines.join("\n")}\n`;
}
