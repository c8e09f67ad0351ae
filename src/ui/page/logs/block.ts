// Consecutive log lines stored as one text with offsets: an object per line would take more memory than the line.
import { plain } from "./ansi.ts";
import { breaks, cellsOf, isEven } from "./width.ts";

export interface LogLine {
  text: string;
  /** 1 is stdout, 2 is stderr. */
  stream: number;
  /** Name of the container when several are shown; else "". */
  source: string;
}

/** The filter and wrapping that turn lines into rows. */
export interface LogView {
  /** In lower case; lines without it are not shown. */
  search: string;
  /** Cells per row; 0 without wrapping. */
  columns: number;
}

/** A row on the screen: part of a line, as positions in its plain text. */
export interface LogRow {
  line: LogLine;
  start: number;
  end: number;
}

const MAX_LINES = 2048;
/** UTF-16 units. */
const MAX_LENGTH = 256 * 1024;
const MAX_CELLS = 0xffff;
/** Flag in the stream number: each character of the plain text is one cell wide. */
const EVEN = 0x80;

export class Block {
  /** Collects lines until the block is full. */
  #lines: string[] | undefined = [];
  #text = "";
  readonly #ends = new Uint32Array(MAX_LINES);
  readonly #streams = new Uint8Array(MAX_LINES);
  readonly #sources = new Uint16Array(MAX_LINES);
  readonly #cells = new Uint16Array(MAX_LINES);
  readonly #sourceNames: readonly string[];
  #count = 0;
  #length = 0;
  #view: LogView | undefined;
  #rows = 0;

  /** @param sourceNames names by source number; may grow */
  constructor(sourceNames: readonly string[]) {
    this.#sourceNames = sourceNames;
  }

  /** Lines. */
  get count(): number {
    return this.#count;
  }

  /** UTF-16 units of all lines. */
  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#count === MAX_LINES || this.#length >= MAX_LENGTH;
  }

  append(text: string, stream: number, source: number): void {
    const index = this.#count++;
    const isPlain = isEven(text);
    const shown = isPlain ? text : plain(text);
    this.#lines?.push(text);
    this.#length += text.length;
    this.#ends[index] = this.#length;
    this.#streams[index] = stream | (isPlain || isEven(shown) ? EVEN : 0);
    this.#sources[index] = source;
    this.#cells[index] = Math.min(MAX_CELLS, isPlain ? text.length : cellsOf(shown));
    if (this.#view) this.#rows += this.#rowsOf(index, this.#view);
    if (this.isFull) {
      // Joining copies the lines, which releases the received chunks that they are slices of.
      this.#text = this.#lines?.join("") ?? "";
      this.#lines = undefined;
    }
  }

  line(index: number): LogLine {
    const stream = (this.#streams[index] ?? 0) & ~EVEN;
    return { text: this.#textOf(index), stream, source: this.#sourceNames[this.#sources[index] ?? 0] ?? "" };
  }

  isCounted(view: LogView): boolean {
    return this.#view === view;
  }

  /** Rows in the view they were last counted for. */
  get rowCount(): number {
    return this.#rows;
  }

  countRows(view: LogView): void {
    this.#view = view;
    this.#rows = 0;
    if (view.search !== "" && !this.#mayContain(view.search)) return;
    for (let index = 0; index < this.#count; index++) this.#rows += this.#rowsOf(index, view);
  }

  /** Appends rows of the counted view to `found`, starting at `first`, until it has `wanted`. */
  collect(first: number, wanted: number, found: LogRow[]): void {
    const view = this.#view;
    if (!view) return;
    let at = 0;
    for (let index = 0; index < this.#count && found.length < wanted; index++) {
      const rows = this.#rowsOf(index, view);
      if (rows > 0 && at + rows > first)
        this.#collectLine(index, view, { skip: Math.max(0, first - at), wanted, found });
      at += rows;
    }
  }

  #collectLine(
    index: number,
    view: LogView,
    { skip, wanted, found }: { skip: number; wanted: number; found: LogRow[] },
  ): void {
    const line = this.line(index);
    const text = plain(line.text);
    const starts = this.#startsOf(index, text, view);
    for (let row = skip; row < starts.length && found.length < wanted; row++) {
      found.push({ line, start: starts[row] ?? 0, end: starts[row + 1] ?? text.length });
    }
  }

  #startsOf(index: number, text: string, { columns }: LogView): number[] {
    if (columns === 0 || this.#cellsOf(index) <= columns) return [0];
    if (!this.#isEven(index)) return breaks(text, columns);
    return Array.from({ length: Math.ceil(text.length / columns) }, (_, row) => row * columns);
  }

  #rowsOf(index: number, { search, columns }: LogView): number {
    if (search !== "" && !plain(this.#textOf(index)).toLowerCase().includes(search)) return 0;
    const cells = this.#cellsOf(index);
    if (columns === 0 || cells <= columns) return 1;
    if (this.#isEven(index) && cells < MAX_CELLS) return Math.ceil(cells / columns);
    return this.#startsOf(index, plain(this.#textOf(index)), { search, columns }).length;
  }

  /** False when no line contains the text; searches all of them at once. */
  #mayContain(search: string): boolean {
    const text = this.#lines?.join("") ?? this.#text;
    return plain(text).toLowerCase().includes(search);
  }

  #textOf(index: number): string {
    if (this.#lines) return this.#lines[index] ?? "";
    return this.#text.slice(index === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }

  #cellsOf(index: number): number {
    return this.#cells[index] ?? 0;
  }

  #isEven(index: number): boolean {
    return ((this.#streams[index] ?? 0) & EVEN) !== 0;
  }
}
