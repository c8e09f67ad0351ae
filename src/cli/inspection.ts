// Prints the results of `inspect` as one array, or each through a template; errors follow.
import { CommandError } from "./failure.ts";
import type { Inspected } from "./inspected.ts";
import { compactJson, indentJson } from "./output/raw-json.ts";
import { failureText } from "./report.ts";
import type { Session } from "./session.ts";

const INDENT = "    ";

/** Collects all output first, so that the array is complete. */
interface Collected {
  found: Inspected[];
  failures: string[];
}

async function collect(names: readonly string[], find: (name: string) => Promise<Inspected>): Promise<Collected> {
  const collected: Collected = { found: [], failures: [] };
  for (const name of names) {
    try {
      collected.found.push(await find(name));
    } catch (thrown) {
      collected.failures.push(failureText(thrown));
    }
  }
  return collected;
}

/** @param format "", "json" or a Go template */
export async function inspectAll(
  session: Session,
  names: readonly string[],
  format: string,
  find: (name: string) => Promise<Inspected>,
): Promise<void> {
  if (format !== "" && format !== "json") {
    const { printTemplated } = await import("./inspection-template.ts");
    await printTemplated(session, names, format, find);
    return;
  }
  const { found, failures } = await collect(names, find);
  if (format === "json") {
    await session.stdout.line(`[${found.map(({ json }) => compactJson(json)).join(",")}]`);
  } else if (found.length === 0) {
    await session.stdout.line("[]");
  } else {
    const objects = found.map(({ json }) => INDENT + indentJson(json, INDENT, INDENT));
    await session.stdout.line(`[\n${objects.join(",\n")}\n]`);
  }
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
}
