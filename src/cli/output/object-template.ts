// One object through a Go template: `version --format`, `info --format`, `events --format`.
import { CommandError } from "../failure.ts";
import { TemplateExecutionError } from "../template/evaluate.ts";
import { compileTemplate, type Template } from "../template/template.ts";
import { isPlainObject, Ordered, type PlainObject, Struct } from "../template/values.ts";
import type { Output } from "./output.ts";

const NO_TEMPLATE_EXIT_CODE = 64;

/** Names that Go's structures have where the JSON has others. */
const GO_NAMES: Readonly<Record<string, string>> = {
  ApiVersion: "APIVersion",
  MinAPIVersion: "MinAPIVersion",
  DefaultAPIVersion: "DefaultAPIVersion",
};

/** JSON as a structure whose fields are known by Go's names and by their own, and keep their order. */
export function looseStruct(typeName: string, data: PlainObject): Struct {
  const fields: Record<string, unknown> = {};
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(data)) {
    const converted = nested(value);
    fields[key] = converted;
    const goName = GO_NAMES[key];
    if (goName !== undefined) fields[goName] = converted;
    entries.push([key, converted]);
  }
  return new Struct(typeName, fields, new Ordered(entries));
}

function nested(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nested);
  return isPlainObject(value) ? looseStruct("struct", value) : value;
}

/** Some of Docker's templates have a name, which its messages show. */
function named(message: string, name: string): string {
  return message
    .replace("template: :", `template: ${name}:`)
    .replace('executing ""', `executing ${JSON.stringify(name)}`);
}

/** @throws CommandError with exit code 64 when it is no template */
export function compileObjectTemplate(source: string, problem: string, name = ""): Template {
  try {
    return compileTemplate(source);
  } catch (thrown) {
    throw new CommandError(
      `${problem}: ${named(thrown instanceof Error ? thrown.message : String(thrown), name)}`,
      NO_TEMPLATE_EXIT_CODE,
    );
  }
}

/** @throws CommandError in Docker's words */
export async function printObject(
  out: Output,
  source: string,
  data: PlainObject,
  { typeName, name = "" }: { typeName: string; name?: string },
): Promise<void> {
  const template = compileObjectTemplate(source, "template parsing error", name);
  try {
    await out.line(template.render(looseStruct(typeName, data)));
  } catch (thrown) {
    if (!(thrown instanceof TemplateExecutionError)) throw thrown;
    await out.line("");
    throw new CommandError(named(thrown.message, name));
  }
}
