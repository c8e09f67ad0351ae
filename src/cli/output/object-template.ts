// Prints one object with a Go template: `version --format`, `info --format`, `events --format`.
import { CommandError } from "../failure.ts";
import { TemplateExecutionError } from "../template/evaluate.ts";
import { compileTemplate, type Template } from "../template/template.ts";
import type { Struct } from "../template/values.ts";
import type { Output } from "./output.ts";

const NO_TEMPLATE_EXIT_CODE = 64;

/** Names of Docker's templates, which appear in error messages. */
function named(message: string, name: string): string {
  return message
    .replace("template: :", `template: ${name}:`)
    .replace('executing ""', `executing ${JSON.stringify(name)}`);
}

/** @param format "json" or a template @throws CommandError with exit code 64 when it is invalid */
export function compileObjectTemplate(format: string, problem: string, name = ""): Template {
  try {
    return compileTemplate(format === "json" ? "{{json .}}" : format);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CommandError(`${problem}: ${named(reason, name)}`, NO_TEMPLATE_EXIT_CODE);
  }
}

/**
 * Parses the template and returns a function that prints an object with it. A line end follows even a failed print.
 * Both throw CommandErrors in Docker's words.
 */
export function objectPrinter(out: Output, format: string, name = ""): (data: Struct) => Promise<void> {
  const template = compileObjectTemplate(format, "template parsing error", name);
  return async (data) => {
    try {
      await out.line(template.render(data));
    } catch (thrown) {
      if (!(thrown instanceof TemplateExecutionError)) throw thrown;
      await out.line("");
      throw new CommandError(named(thrown.message, name));
    }
  };
}
