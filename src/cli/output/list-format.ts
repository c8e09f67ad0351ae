// Prints a list of things: as a table, by a Go template, as JSON lines. The template engine is loaded only when a
// template is asked for.
import type { Method } from "../template/values.ts";
import { inColumns } from "./columns.ts";
import type { Output } from "./output.ts";

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
  /** For a table that is too wide for the terminal. */
  narrow?: {
    /** Fields whose columns can be done without, the least important first. */
    optional: readonly string[];
    /** Shorter texts of some fields. */
    row?(item: T): RowFields;
  };
}

export interface ListRequest {
  /** What `--format` said: "table …", "json", "raw", a template, or nothing. */
  format: string;
  /** Only one field of each; a template of the user's own has the last word. */
  quiet?: boolean;
}

const textOf = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

/** The cells of the table, titles first. */
export function cellsOf<T>(items: readonly T[], format: ListFormat<T>): string[][] {
  const { columns, headers } = format;
  const titles = columns.map((column) => headers[column] ?? "");
  const lines = items.map((item) => {
    const fields = format.row(item);
    return columns.map((column) => textOf(fields[column]?.()));
  });
  return [titles, ...lines];
}

/** The plain table, as wide as it needs to be. */
export function tableText<T>(items: readonly T[], format: ListFormat<T>): string {
  const lines = cellsOf(items, format).map((cells) => `${cells.join("\t")}\n`);
  return inColumns(lines.join(""));
}

async function tableFor<T>(items: readonly T[], format: ListFormat<T>, out: Output): Promise<string> {
  const text = tableText(items, format);
  if (!out.isTerminal) return text;
  const { columns } = out;
  const fits = (table: string) => table.split("\n").every((line) => line.length <= columns);
  if (fits(text)) return text;
  const { narrow, headers } = format;
  const brief = { ...format, row: (item: T) => ({ ...format.row(item), ...narrow?.row?.(item) }) };
  const shorter = tableText(items, brief);
  if (fits(shorter)) return shorter;
  const { foldTable } = await import("./fold.ts");
  return foldTable(
    cellsOf(items, brief),
    columns,
    narrow?.optional.map((field) => headers[field] ?? ""),
  );
}

/** Writes the list; a template's own failures are CommandErrors in Docker's words. */
export async function printList<T>(
  out: Output,
  items: readonly T[],
  format: ListFormat<T>,
  request: ListRequest,
): Promise<void> {
  const { quiet } = format;
  const wanted = request.format === "" ? "table" : request.format;
  if (request.quiet && quiet !== undefined && wanted === "table") {
    await out.write(items.map((item) => `${textOf(format.row(item)[quiet]?.())}\n`).join(""));
    return;
  }
  if (wanted === "table") {
    await out.write(await tableFor(items, format, out));
    return;
  }
  const { templatedList } = await import("./list-template.ts");
  const raw = request.quiet ? format.rawQuiet : format.raw;
  await out.write(templatedList(items, format, wanted === "raw" ? (raw ?? wanted) : wanted));
}
