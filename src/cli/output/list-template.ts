// Prints a list with a Go template: one line per row, or a table with titles.
import { CommandError } from "../failure.ts";
import { headerFunctions } from "../template/functions.ts";
import { compileTemplate, type EvaluateOptions, type Template } from "../template/template.ts";
import { type Method, Nil, Struct } from "../template/values.ts";
import { inColumns } from "./columns.ts";
import type { ListFormat, RowFields } from "./list-format.ts";

/** The row's JSON; fields are computed only when shown. */
function jsonOf(fields: RowFields): Readonly<Record<string, unknown>> {
  const json = {};
  for (const name of Object.keys(fields).sort()) {
    const field = fields[name];
    if (field && field.length === 0) Object.defineProperty(json, name, { get: () => field(), enumerable: true });
  }
  return json;
}

/** The row as a template value. */
export function rowStruct<T>(format: ListFormat<T>, item: T): Struct {
  const fields = format.row(item);
  const methods = Object.entries(fields).map(([name, field]): [string, Method] => [
    name,
    // In Go, a method cannot return a nil pointer here.
    (...given) => field(...given) ?? new Nil("interface {}", "<nil>"),
  ]);
  return new Struct(format.typeName, Object.fromEntries(methods), jsonOf(fields));
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Parses a template after replacing escapes such as \t. @throws TemplateSyntaxError */
export function compileEscaped(source: string): Template {
  return compileTemplate(source.replaceAll("\\t", "\t").replaceAll("\\n", "\n"));
}

/** @throws CommandError in Docker's words */
export function compileRows(source: string): Template {
  try {
    return compileEscaped(source);
  } catch (thrown) {
    throw new CommandError(`template parsing error: ${messageOf(thrown)}`);
  }
}

/** @throws CommandError in Docker's words */
function renderRow(template: Template, data: unknown, options?: EvaluateOptions): string {
  try {
    return template.render(data, options);
  } catch (thrown) {
    throw new CommandError(`template parsing error: ${messageOf(thrown)}`);
  }
}

/** The title of a label column: the last part of the label's name. */
function labelTitle(name: unknown): string {
  return String(name).replace(/^.*\./, "").replace(/[-_]/g, " ");
}

function templatedTable<T>(items: readonly T[], format: ListFormat<T>, source: string): string {
  const template = compileRows(source);
  const titles = { ...format.headers, Label: labelTitle };
  const header = renderRow(template, titles, { functions: headerFunctions });
  const lines = items.map((item) => renderRow(template, rowStruct(format, item)));
  return inColumns(`${[header, ...lines].join("\n")}\n`);
}

/** `formatFlag` is "table TEMPLATE", "json" or a template. @throws CommandError in Docker's words. */
export function templatedList<T>(items: readonly T[], format: ListFormat<T>, formatFlag: string): string {
  if (/^table\s/.test(formatFlag)) return templatedTable(items, format, formatFlag.slice("table".length).trim());
  const source = formatFlag === "json" ? "{{json .}}" : formatFlag;
  const template = compileRows(source);
  return items.map((item) => `${renderRow(template, rowStruct(format, item))}\n`).join("");
}
