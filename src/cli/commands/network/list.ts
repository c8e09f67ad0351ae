// `berth network ls`

import { command, noArguments } from "../../command.ts";
import { filterChoices } from "../../filter-keys.ts";
import { filter, tableFormat, toggle } from "../../flags/kinds.ts";
import { naturalOrder } from "../../natural-order.ts";
import { printList } from "../../output/print-list.ts";
import { networkList } from "../../output/rows/networks.ts";

export const list = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    filter: filter('Provide filter values (e.g. "driver=bridge")', {
      short: "f",
      complete: filterChoices("network ls"),
    }),
    format: tableFormat(),
    "no-trunc": toggle("Do not truncate the output"),
    quiet: toggle("Only display network IDs", { short: "q" }),
  },
  async run({ session, flags }) {
    const { networksFormat = "" } = await session.configuration();
    const berth = await session.berth();
    const networks = await berth.networks.list(flags.filter);
    const sorted = networks.toSorted((a, b) => naturalOrder(a.Name, b.Name));
    const format = flags.format || (flags.quiet ? "" : networksFormat);
    const layout = networkList({ short: !flags["no-trunc"] });
    await printList(session.stdout, sorted, layout, { format, quiet: flags.quiet });
  },
});
