// `berth context ls`
import { command, noArguments } from "../../command.ts";
import { DEFAULT_DESCRIPTION, describeContext } from "../../config/context-description.ts";
import { ContextStore, DEFAULT_CONTEXT } from "../../config/context-store.ts";
import { setting } from "../../config/environment.ts";
import { chosenContext } from "../../config/target.ts";
import { tableFormat, toggle } from "../../flags/kinds.ts";
import { naturalOrder } from "../../natural-order.ts";
import type { ListFormat } from "../../output/list-format.ts";
import { printList } from "../../output/print-list.ts";
import { ellipsis } from "../../output/units.ts";
import { failureText } from "../../report.ts";
import type { Session } from "../../session.ts";

const ERROR_WIDTH = 45;

interface ListedContext {
  name: string;
  description: string;
  endpoint: string;
  current: boolean;
  problem: string;
}

const headers = {
  Name: "NAME",
  Description: "DESCRIPTION",
  DockerEndpoint: "DOCKER ENDPOINT",
  Error: "ERROR",
  Current: "CURRENT",
  StarredName: "NAME",
};

const contextList: ListFormat<ListedContext> = {
  typeName: "*formatter.clientContextContext",
  columns: ["StarredName", "Description", "DockerEndpoint", "Error"],
  headers,
  quiet: "Name",
  row: (context) => ({
    Current: () => context.current,
    Description: () => context.description,
    DockerEndpoint: () => context.endpoint,
    Error: () => ellipsis(context.problem, ERROR_WIDTH),
    Name: () => context.name,
    // Only for the table: a field that takes an argument is not in the JSON.
    StarredName: (star) => (context.current ? `${context.name}${star ?? " *"}` : context.name),
  }),
};

async function listContexts(session: Session): Promise<ListedContext[]> {
  const current = chosenContext(session.options, await session.configuration());
  const stored = new ContextStore(session.options.config).list().map(({ Name }) => Name);
  const listed: ListedContext[] = [];
  for (const name of new Set([DEFAULT_CONTEXT, ...stored, current])) {
    const entry = { name, description: "", endpoint: "", current: name === current, problem: "" };
    try {
      const { metadata } = await describeContext(session, name);
      entry.endpoint = metadata.Endpoints.docker?.Host ?? "";
      entry.description = name === DEFAULT_CONTEXT ? DEFAULT_DESCRIPTION : (metadata.Metadata.Description ?? "");
    } catch (thrown) {
      entry.problem = failureText(thrown);
    }
    listed.push(entry);
  }
  return listed.sort((a, b) => naturalOrder(a.name, b.name));
}

export const list = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: { format: tableFormat(), quiet: toggle("Only show context names", { short: "q" }) },
  async run({ session, flags }) {
    const format = flags.quiet ? "" : flags.format;
    await printList(session.stdout, await listContexts(session), contextList, { format, quiet: flags.quiet });
    if (setting("HOST")) {
      await session.stderr.line(
        "Warning: DOCKER_HOST environment variable overrides the active context. To use a context, either set the global --context flag, or unset DOCKER_HOST environment variable.",
      );
    }
  },
});
