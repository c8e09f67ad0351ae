// The lines of a log that the page keeps, and the rows that they make: those that match the search, broken at the
// window's width. Rows are found as lines come, so that showing some of them costs the same however long the log is.
import { plain } from "./ansi.ts";

export interface LogLine {
  text: string;
  /** 1 is stdout, 2 is stderr. */
  stream: number;
  /** Name of the container, where several are shown; "" otherwise. */
  source: string;
}

export interface LogRow {
  line: LogLine;
  start: number;
  end: number;
}

const MAX_LINES = 500_000;
/** UTF-16 units. */
const MAX_LENGTH = 48 * 1024 * 1024;
const MAX_LINE_LENGTH = 64 * 1024;

export class LogBuffer {
  #lines: LogLine[] = [];
  #length = 0;
  #rows: LogRow[] = [];
  #search = "";
  /** Characters of a row; 0 when lines are not broken. */
  #columns = 0;
  /** Lines that were dropped because the page keeps no more. */
  dropped = 0;

  get rows(): readonly LogRow[] {
    return this.#rows;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  append(line: LogLine): void {
    const kept = line.text.length > MAX_LINE_LENGTH ? { ...line, text: line.text.slice(0, MAX_LINE_LENGTH) } : line;
    this.#lines.push(kept);
    this.#length += kept.text.length;
    this.#addRows(kept);
    if (this.#lines.length > MAX_LINES || this.#length > MAX_LENGTH) this.#drop();
  }

  clear(): void {
    this.#lines = [];
    this.#rows = [];
    this.#length = 0;
    this.dropped = 0;
  }

  show(options: { search: string; columns: number }): void {
    const search = options.search.toLowerCase();
    if (search === this.#search && options.columns === this.#columns) return;
    this.#search = search;
    this.#columns = options.columns;
    this.#findRows();
  }

  #findRows(): void {
    this.#rows = [];
    for (const line of this.#lines) this.#addRows(line);
  }

  #addRows(line: LogLine): void {
    if (this.#search !== "" && !plain(line.text).toLowerCase().includes(this.#search)) return;
    if (this.#columns === 0 || line.text.length <= this.#columns) {
      this.#rows.push({ line, start: 0, end: line.text.length });
      return;
    }
    const { length } = plain(line.text);
    for (let start = 0; start === 0 || start < length; start += this.#columns) {
      this.#rows.push({ line, start, end: start + this.#columns });
    }
  }

  /** Drops the older quarter. */
  #drop(): void {
    const gone = this.#lines.splice(0, Math.ceil(this.#lines.length / 4));
    this.dropped += gone.length;
    for (const { text } of gone) this.#length -= text.length;
    this.#findRows();
  }
}
