// List formats: the fields of a row, the columns of the table, and the table's text.
import type { Method } from "../template/values.ts";
import { inColumns } from "./columns.ts";

/** The fields of one row, computed on access. */
export type RowFields = Readonly<Record<string, Method>>;

export interface ListFormat<T> {
  /** Go's type name of a row, for messages: "*formatter.ContainerContext". */
  typeName: string;
  /** The columns of the table, in order. */
  columns: readonly string[];
  /** Column titles by field. */
  headers: Readonly<Record<string, string>>;
  /** The template of "raw", if supported. */
  raw?: string;
  /** The "raw" template with `--quiet`. */
  rawQuiet?: string;
  /** The field printed by `--quiet`. */
  quiet?: string;
  /** Fields of a row. Fields without arguments make up its JSON. */
  row(item: T): RowFields;
  /** Replacement values of some fields in the table. */
  cells?(fields: RowFields): RowFields;
  /** Adjustments for a table wider than the terminal. */
  narrow?: {
    /** Columns that can be dropped, least important first. */
    optional: readonly string[];
    /** Shorter values of some fields. */
    row?(item: T): RowFields;
  };
}

/** A field as a table cell. */
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

/** The plain table, without a width limit. */
export function tableText<T>(items: readonly T[], format: ListFormat<T>): string {
  const lines = cellsOf(items, format).map((cells) => `${cells.join("\t")}\n`);
  return inColumns(lines.join(""));
}
