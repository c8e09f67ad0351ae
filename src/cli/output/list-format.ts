// How a list of things is shown: the fields of its rows, which of them make the table, and the table's text.
import type { Method } from "../template/values.ts";
import { inColumns } from "./columns.ts";

/** The fields of one row; each is computed when it is asked for. */
export type RowFields = Readonly<Record<string, Method>>;

export interface ListFormat<T> {
  /** Go's name for a row's type, for messages: "*formatter.ContainerContext". */
  typeName: string;
  /** The fields of the table, in order. */
  columns: readonly string[];
  /** Titles by field. */
  headers: Readonly<Record<string, string>>;
  /** The template of "raw", where there is one. */
  raw?: string;
  /** The same for `--quiet`. */
  rawQuiet?: string;
  /** The field of `--quiet`. */
  quiet?: string;
  /** Fields of a row. Those that take no arguments are its JSON. */
  row(item: T): RowFields;
  /** What the table shows in the place of some fields. */
  cells?(fields: RowFields): RowFields;
  /** For a table that is too wide for the terminal. */
  narrow?: {
    /** Fields whose columns can be done without, the least important first. */
    optional: readonly string[];
    /** Shorter texts of some fields. */
    row?(item: T): RowFields;
  };
}

/** A field as a cell of the table. */
export const textOf = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

/** The cells of the table, titles first. */
export function cellsOf<T>(items: readonly T[], format: ListFormat<T>): string[][] {
  const { columns, headers } = format;
  const titles = columns.map((column) => headers[column] ?? "");
  const lines = items.map((item) => {
    const fields = format.row(item);
    const shown = { ...fields, ...format.cells?.(fields) };
    return columns.map((column) => textOf(shown[column]?.()));
  });
  return [titles, ...lines];
}

/** The plain table, as wide as it needs to be. */
export function tableText<T>(items: readonly T[], format: ListFormat<T>): string {
  const lines = cellsOf(items, format).map((cells) => `${cells.join("\t")}\n`);
  return inColumns(lines.join(""));
}
