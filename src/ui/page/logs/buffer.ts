// The buffered lines of a log and their rows: those that match the search, wrapped to the window's width. Rendering
// some rows costs the same however long the log is.
import { Block, type LogLine, type LogRow, type LogView } from "./block.ts";

const MAX_LINES = 1_000_000;
/** Maximum size in UTF-16 units, of one or two bytes each. */
const MAX_LENGTH = 96 * 1024 * 1024;
const MAX_LINE_LENGTH = 64 * 1024;

export class LogBuffer {
  readonly #maxLines: number;
  #blocks: Block[] = [];
  #sources: string[] = [];
  #view: LogView = { search: "", columns: 0 };
  #count = 0;
  #length = 0;
  #rows = 0;
  /** Lines dropped because the buffer is full. */
  dropped = 0;
  /** Rows dropped with them: the displayed rows move up by this number. */
  droppedRows = 0;

  constructor({ maxLines = MAX_LINES } = {}) {
    this.#maxLines = maxLines;
  }

  /** Buffered lines. */
  get count(): number {
    return this.#count;
  }

  /** Rows counted so far in the current view. */
  get rowCount(): number {
    return this.#rows;
  }

  append({ text, stream, source }: LogLine): void {
    let block = this.#blocks.at(-1);
    if (!block || block.isFull) {
      block = new Block(this.#sources);
      block.countRows(this.#view);
      this.#blocks.push(block);
    }
    const before = block.rowCount;
    const kept = text.length > MAX_LINE_LENGTH ? text.slice(0, MAX_LINE_LENGTH) : text;
    block.append(kept, stream, this.#numberOf(source));
    if (block.isCounted(this.#view)) this.#rows += block.rowCount - before;
    this.#count++;
    this.#length += kept.length;
    if (this.#count > this.#maxLines || this.#length > MAX_LENGTH) this.#drop();
  }

  clear(): void {
    this.#blocks = [];
    this.#sources = [];
    this.#count = 0;
    this.#length = 0;
    this.#rows = 0;
    this.dropped = 0;
    this.droppedRows = 0;
  }

  /** Changes the view. Rows are counted by {@link settle}. */
  show({ search, columns }: LogView): void {
    const wanted = { search: search.toLowerCase(), columns };
    if (wanted.search === this.#view.search && columns === this.#view.columns) return;
    this.#view = wanted;
    this.#rows = 0;
  }

  /**
   * Counts the rows of blocks after the view changed, newest first, for the given time, but at least one block.
   * @returns whether all are counted
   */
  settle(milliseconds: number): boolean {
    const end = performance.now() + milliseconds;
    let isLate = false;
    for (const block of this.#blocks.toReversed()) {
      if (block.isCounted(this.#view)) continue;
      if (isLate) return false;
      block.countRows(this.#view);
      this.#rows += block.rowCount;
      isLate = performance.now() > end;
    }
    return true;
  }

  rows(first: number, wanted: number): LogRow[] {
    const found: LogRow[] = [];
    let at = 0;
    for (const block of this.#blocks) {
      if (found.length >= wanted) break;
      if (!block.isCounted(this.#view)) continue;
      if (at + block.rowCount > first) block.collect(Math.max(0, first - at), wanted, found);
      at += block.rowCount;
    }
    return found;
  }

  #numberOf(source: string): number {
    const index = this.#sources.lastIndexOf(source);
    return index >= 0 ? index : this.#sources.push(source) - 1;
  }

  /** Drops the oldest block. */
  #drop(): void {
    const block = this.#blocks.shift();
    if (!block) return;
    this.#count -= block.count;
    this.#length -= block.length;
    this.dropped += block.count;
    if (!block.isCounted(this.#view)) return;
    this.#rows -= block.rowCount;
    this.droppedRows += block.rowCount;
  }
}
