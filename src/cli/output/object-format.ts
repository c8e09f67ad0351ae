// Prints one object through a Go template, as `version`, `info` and `events` do.
import { CommandError } from "../failure.ts";
import { compileTemplate, type Template } from "../template/template.ts";
import type { Output } from "./output.ts";

const NO_TEMPLATE_EXIT_CODE = 64;

/** The template engine's message for a template with a name. */
function named(thrown: unknown, name: string): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace("template: :", `template: ${name}:`).replace('executing ""', `executing "${name}"`);
}

/**
 * @param format "json" or a template
 * @param problem what Docker says in front of a template that is none
 * @throws CommandError with exit code 64
 */
export function compileObjectTemplate(format: string, name = "", problem = "template parsing error"): Template {
  try {
    return compileTemplate(format === "json" ? "{{json .}}" : format);
  } catch (thrown) {
    throw new CommandError(`${problem}: ${named(thrown, name)}`, NO_TEMPLATE_EXIT_CODE);
  }
}

/** Writes the object and a line end, which also follows what cannot be shown. @throws CommandError */
export async function printObject(out: Output, template: Template, data: unknown, name = ""): Promise<void> {
  try {
    await out.line(template.render(data));
  } catch (thrown) {
    await out.line("");
    throw new CommandError(named(thrown, name));
  }
}
