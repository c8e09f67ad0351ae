// A list printed by a Go template: one line a row, or a table with titles.
import { CommandError } from "../failure.ts";
import { headerFunctions } from "../template/functions.ts";
import { compileTemplate, type EvaluateOptions, type Template } from "../template/template.ts";
import { Struct } from "../template/values.ts";
import { inColumns } from "./columns.ts";
import type { ListFormat, RowFields } from "./list-format.ts";

/** The row's JSON; a field is computed only when it is shown. */
function jsonOf(fields: RowFields): Readonly<Record<string, unknown>> {
  const json = {};
  for (const name of Object.keys(fields).sort()) {
    const field = fields[name];
    if (field && field.length === 0) Object.defineProperty(json, name, { get: () => field(), enumerable: true });
  }
  return json;
}

/** The row as a template sees it. */
export function rowStruct<T>(format: ListFormat<T>, item: T): Struct {
  const fields = format.row(item);
  return new Struct(format.typeName, fields, jsonOf(fields));
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** @throws CommandError */
export function compileListTemplate(source: string): Template {
  try {
    return compileTemplate(source.replaceAll("\\t", "\t").replaceAll("\\n", "\n"));
  } catch (thrown) {
    throw new CommandError(`failed to parse template: ${messageOf(thrown)}`);
  }
}

/** @throws CommandError */
export function renderListTemplate(template: Template, data: unknown, options?: EvaluateOptions): string {
  try {
    return template.render(data, options);
  } catch (thrown) {
    throw new CommandError(`failed to execute template: ${messageOf(thrown)}`);
  }
}

/** The title of a label's column: the last part of its name. */
function labelTitle(name: unknown): string {
  return String(name).replace(/^.*\./, "").replace(/[-_]/g, " ");
}

function templatedTable<T>(items: readonly T[], format: ListFormat<T>, source: string): string {
  const template = compileListTemplate(source);
  const titles = { ...format.headers, Label: labelTitle };
  const header = renderListTemplate(template, titles, { functions: headerFunctions });
  const lines = items.map((item) => renderListTemplate(template, rowStruct(format, item)));
  return inColumns(`${[header, ...lines].join("\n")}\n`);
}

/** `wanted` is "table TEMPLATE", "json", "raw" or a template. @throws CommandError in Docker's words. */
export function templatedList<T>(items: readonly T[], format: ListFormat<T>, wanted: string): string {
  if (/^table\s/.test(wanted)) return templatedTable(items, format, wanted.slice("table".length).trim());
  const source = wanted === "json" ? "{{json .}}" : wanted === "raw" ? (format.raw ?? wanted) : wanted;
  const template = compileListTemplate(source);
  return items.map((item) => `${renderListTemplate(template, rowStruct(format, item))}\n`).join("");
}
