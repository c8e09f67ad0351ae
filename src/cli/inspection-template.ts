// `inspect --format`: executes the template on the struct of Docker's client first and, when that fails, on the plain
// JSON that the engine sent.

import { contextStruct } from "./docker-structs/context.ts";
import { structTypes } from "./docker-structs/kinds.ts";
import { CommandError } from "./failure.ts";
import type { Inspected } from "./inspected.ts";
import { failureText } from "./report.ts";
import type { Session } from "./session.ts";
import { TemplateExecutionError } from "./template/evaluate.ts";
import { parsePrecisely } from "./template/precise-json.ts";
import { toStruct } from "./template/struct-type.ts";
import { compileTemplate, type Template } from "./template/template.ts";

const NO_TEMPLATE_EXIT_CODE = 64;

function compile(source: string): Template {
  try {
    return compileTemplate(source);
  } catch (thrown) {
    throw new CommandError(`template parsing error: ${failureText(thrown)}`, NO_TEMPLATE_EXIT_CODE);
  }
}

function render(template: Template, { json, kind }: Inspected): string {
  const data = parsePrecisely(json);
  if (kind === "context") return template.render(contextStruct(data));
  const struct = toStruct(structTypes[kind], data);
  // For volumes, Docker has no raw JSON to fall back to.
  if (kind === "volume") return template.render(struct);
  try {
    return template.render(struct);
  } catch {
    // The template may use JSON names or fields unknown to this client.
    return template.render(data, { strictKeys: true });
  }
}

/** @throws CommandError: exit code 64 for an invalid template, 1 when an object is missing or does not match */
export async function printTemplated(
  session: Session,
  names: readonly string[],
  format: string,
  find: (name: string) => Promise<Inspected>,
): Promise<void> {
  const template = compile(format);
  const failures: string[] = [];
  let output = "";
  for (const name of names) {
    try {
      output += `${render(template, await find(name))}\n`;
    } catch (thrown) {
      const text = failureText(thrown);
      failures.push(thrown instanceof TemplateExecutionError ? `template parsing error: ${text}` : text);
    }
  }
  await session.stdout.write(output === "" ? "\n" : output);
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
}
