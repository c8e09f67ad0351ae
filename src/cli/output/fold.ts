// Fits a table that is wider than the terminal by wrapping cells, so that columns stay aligned. Words stay whole if
// there is room, else they break at separators; optional columns are dropped before words break elsewhere. Only on a
// terminal; piped output is never wrapped.

/** Gap between columns: narrower before words are broken. */
const GAPS = [3, 2, 1];
const NARROWEST = 6;

/** Breaks after a slash, a dash or an arrow, but keeps a port and its protocol together. */
const JOINT = /\/(?!tcp\b|udp\b|sctp\b)|->|-(?!>)/g;

/** Positions where a cell's text may break, excluding its end. */
type Breaks = (text: string) => number[];

/** "1kB / 2kB" breaks after the slash. */
const atSpaces: Breaks = (text) => [...text.matchAll(/ (?!\/ )/g)].map(({ index }) => index);
const atJoints: Breaks = (text) =>
  [...atSpaces(text), ...[...text.matchAll(JOINT)].map((joint) => joint.index + joint[0].length)].sort((a, b) => a - b);

/** Length of the longest unbreakable piece of a text. */
function longestPiece(text: string, breaks: Breaks): number {
  const ends = [...breaks(text), text.length];
  return Math.max(...ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end).trim().length));
}

function wrapCell(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const fitting = (breaks: Breaks) => breaks(rest).findLast((end) => end > 0 && end <= width);
    const end = fitting(atSpaces) ?? fitting(atJoints) ?? width;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

function total(widths: readonly number[], gap: number): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1);
}

/** Shrinks the widest column step by step until the table fits or no column can shrink. */
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

/** Column widths, at least as wide as the longest unbreakable piece; undefined when they do not fit. */
function widthsFor(columns: readonly string[][], room: number, gap: number, breaks: Breaks): number[] | undefined {
  const natural = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  // The first column is never wrapped: people copy identifiers from it.
  const least = columns.map(([title = "", ...cells], index) =>
    index === 0 ? (natural[0] ?? 0) : Math.max(title.length, ...cells.map((cell) => longestPiece(cell, breaks))),
  );
  return total(least, gap) <= room ? fit(natural, least, room, gap) : undefined;
}

/** Last resort: break words anywhere. */
function anyWidths(columns: readonly string[][], room: number): number[] {
  const natural = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const least = columns.map(([title = ""], index) => Math.min(natural[index] ?? 0, Math.max(title.length, NARROWEST)));
  return fit(natural, least, room, 1);
}

function render(columns: readonly string[][], widths: readonly number[], gap: number): string {
  const count = columns[0]?.length ?? 0;
  const lines = Array.from({ length: count }, (_, line) => {
    const wrapped = columns.map((cells, column) => wrapCell(cells[line] ?? "", Math.max(1, widths[column] ?? 1)));
    const height = Math.max(...wrapped.map((cell) => cell.length));
    return Array.from({ length: height }, (_, row) =>
      wrapped
        .map((cell, column) => (cell[row] ?? "").padEnd(widths[column] ?? 0))
        .join(" ".repeat(gap))
        .trimEnd(),
    );
  });
  return `${lines.flat().join("\n")}\n`;
}

/**
 * @param cells rows of cells, titles first
 * @param optional titles of the columns that can be dropped, least important first
 */
export function foldTable(cells: readonly string[][], room: number, optional: readonly string[] = []): string {
  const titles = cells[0] ?? [];
  const columnsWithout = (left: readonly string[]) =>
    titles.flatMap((title, column) => (left.includes(title) ? [] : [cells.map((line) => line[column] ?? "")]));
  for (let count = 0; count <= optional.length; count++) {
    const columns = columnsWithout(optional.slice(0, count));
    for (const breaks of [atSpaces, atJoints]) {
      for (const gap of GAPS) {
        const widths = widthsFor(columns, room, gap, breaks);
        if (widths) return render(columns, widths, gap);
      }
    }
  }
  const columns = columnsWithout(optional);
  return render(columns, anyWidths(columns, room), 1);
}
