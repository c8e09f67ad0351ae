// Aligns tab-separated text in columns, by the rules of Go's tabwriter with Docker's settings: cells are at least ten
// wide and three spaces apart; a column extends over consecutive lines that have it.

export interface ColumnRules {
  /** Width of a cell with its gap. */
  least: number;
  gap: number;
}

const DEFAULT_RULES: ColumnRules = { least: 10, gap: 3 };

function widthOf(text: string): number {
  let width = 0;
  for (const _ of text) width++;
  return width;
}

class Layout {
  readonly #lines: readonly string[][];
  readonly #widths: number[][];
  readonly #rules: ColumnRules;

  constructor(lines: readonly string[][], rules: ColumnRules) {
    this.#lines = lines;
    this.#rules = rules;
    this.#widths = lines.map(() => []);
  }

  /** Every cell but a line's last one ends in a tab and so is part of a column. */
  #hasColumn(line: number, column: number): boolean {
    return column < (this.#lines[line]?.length ?? 0) - 1;
  }

  run(): number[][] {
    this.#block(0, this.#lines.length, 0);
    return this.#widths;
  }

  /** Formats the lines `from` to `to`, starting at column `column`. */
  #block(from: number, to: number, column: number): void {
    let line = from;
    while (line < to) {
      if (!this.#hasColumn(line, column)) {
        line++;
        continue;
      }
      let end = line;
      let width = this.#rules.least;
      while (end < to && this.#hasColumn(end, column)) {
        width = Math.max(width, widthOf(this.#lines[end]?.[column] ?? "") + this.#rules.gap);
        end++;
      }
      for (let at = line; at < end; at++) this.#widths[at]?.push(width);
      this.#block(line, end, column + 1);
      line = end;
    }
  }
}

/** `text` has tab-separated cells and newline-separated lines. */
export function inColumns(text: string, rules: ColumnRules = DEFAULT_RULES): string {
  if (!text.includes("\t")) return text;
  const lines = text.split("\n").map((line) => line.split("\t"));
  const widths = new Layout(lines, rules).run();
  return lines
    .map((cells, line) =>
      cells
        .map((cell, column) => {
          const width = widths[line]?.[column];
          return width === undefined ? cell : cell + " ".repeat(width - widthOf(cell));
        })
        .join(""),
    )
    .join("\n");
}
