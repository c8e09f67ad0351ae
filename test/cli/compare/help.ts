// The help of every command: the same flags with the same descriptions.
import type { CommandResult } from "../../support/command.ts";
import type { Line, Scenario } from "./scenario.ts";

/** Flags that Docker has only with buildx, and those that Berth adds. */
const ADDITIONS =
  /^\s+(?:-o, )?--(?:allow|annotation list +Add annotation to the image|build-context|call|check|client|condition|dry-run|end-with-client|health-http|health-tcp|max-used-space|metadata-file|min-free-space|no-cache-filter|output|progress|publish-add|publish-rm|push|reserved-space|restart-backoff|restart-unhealthy|secret|ssh|wait)\b/;

/** Usage, summary and aliases unchanged; one entry for each option, independent of column widths. */
function essence({ code, stdout }: CommandResult) {
  const [whole = "", options = ""] = stdout.replaceAll("docker", "berth").split("\nOptions:\n");
  const withoutExamples = whole.replace(/\nExamples:\n(?:.+\n|\n {2})*/, "");
  const entries = options.split("\n").reduce<string[]>((list, line) => {
    if (/^ {2,6}-/.test(line)) list.push(line);
    else if (line.trim() !== "") list.push(`${list.pop() ?? ""} ${line}`);
    return list;
  }, []);
  const flags = entries.filter((entry) => !ADDITIONS.test(entry)).map((entry) => entry.trim().replace(/\s+/g, " "));
  const head = withoutExamples.replace("logs [OPTIONS] CONTAINER [CONTAINER...]", "logs [OPTIONS] CONTAINER");
  return { code, head: head.trim(), flags };
}

const because = "Berth shows examples and has a few flags of its own";

const commands = `attach build commit cp create diff events exec export history images import info inspect kill load login logout
logs pause port ps pull push rename restart rm rmi run save search start stats stop tag top unpause update version wait`;

const grouped: Readonly<Record<string, string>> = {
  container: `attach commit cp create diff exec export inspect kill logs ls pause port prune rename restart rm run start
    stats stop top unpause update wait`,
  image: "build history import inspect load ls prune pull push rm save tag",
  builder: "build prune",
  network: "connect create disconnect inspect ls prune rm",
  volume: "create inspect ls prune rm",
  context: "create export import inspect ls rm show update use",
  system: "df events info prune dial-stdio",
};

const lines: Line[] = [
  ...commands.split(/\s+/).map((name) => `${name} --help`),
  ...Object.entries(grouped).flatMap(([group, names]) => names.split(/\s+/).map((name) => `${group} ${name} --help`)),
  ...["builder", "container", "network", "context"].map((group) => `${group} --help`),
].map((line) => ({ line, differs: { because, compare: essence } }));

export const helpScenarios: readonly Scenario[] = [{ name: "every command", readsOnly: true, lines }];
