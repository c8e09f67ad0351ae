// `berth ps`: lists containers, newest first.

import { command, noArguments } from "../../command.ts";
import { filterChoices } from "../../filter-keys.ts";
import { filter, integer, tableFormat, toggle } from "../../flags/kinds.ts";
import { printList } from "../../output/print-list.ts";
import { containerList } from "../../output/rows/containers.ts";

/** A format that shows sizes makes the engine compute them. */
async function wantsSize(format: string): Promise<boolean> {
  if (["", "table", "raw", "json"].includes(format)) return false;
  const { showsSize } = await import("../../output/container-format.ts");
  return showsSize(format);
}

export const list = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    all: toggle("Show all containers (default shows just running)", { short: "a" }),
    filter: filter(undefined, { short: "f", complete: filterChoices("ps") }),
    format: tableFormat(),
    last: integer("Show n last created containers (includes all states)", { short: "n", shownDefault: "-1" }),
    latest: toggle("Show the latest created container (includes all states)", { short: "l" }),
    "no-trunc": toggle("Don't truncate output"),
    quiet: toggle("Only display container IDs", { short: "q" }),
    size: toggle("Display total file sizes", { short: "s" }),
  },
  examples: [
    ["ps -a --filter status=exited", "Those that have stopped"],
    ["ps --format '{{.Names}}: {{.Status}}'", "Only names and states"],
  ],
  async run({ session, flags, given }) {
    const { psFormat = "" } = await session.configuration();
    const format = flags.format || psFormat;
    if (flags.quiet && given.has("format")) {
      await session.stderr.line("WARNING: Ignoring custom format, because both --format and --quiet are set.");
    }
    const size = (await wantsSize(format)) || flags.size;
    const limit = flags.latest ? 1 : flags.last;
    const berth = await session.berth();
    const containers = await berth.containers.list({
      all: flags.all,
      limit: limit !== undefined && limit > 0 ? limit : undefined,
      size,
      filters: flags.filter,
    });
    const layout = containerList({ short: !flags["no-trunc"], size: flags.size });
    const shown = flags.quiet && format !== "raw" ? "table" : format;
    await printList(session.stdout, containers, layout, { format: shown, quiet: flags.quiet });
  },
});
