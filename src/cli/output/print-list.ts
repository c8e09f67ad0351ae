// Prints a list as a table, with a Go template, or as JSON lines. Loads the template engine only when needed.
import { cellsOf, type ListFormat, tableText, textOf } from "./list-format.ts";
import type { Output } from "./output.ts";

export interface ListRequest {
  /** The value of `--format`: "table …", "json", "raw", a template, or "". */
  format: string;
  /** Prints only one field per row; a custom template takes precedence. */
  quiet?: boolean;
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

/** Prints the list; template errors are CommandErrors in Docker's words. */
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
