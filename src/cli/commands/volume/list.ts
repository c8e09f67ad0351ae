// `berth volume ls`

import { command, noArguments } from "../../command.ts";
import { filterChoices } from "../../filter-keys.ts";
import { filter, tableFormat, toggle } from "../../flags/kinds.ts";
import { naturalOrder } from "../../natural-order.ts";
import { printList } from "../../output/print-list.ts";
import { clusterVolumeList, volumeList } from "../../output/rows/volumes.ts";

export const list = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    cluster: toggle("Display only cluster volumes, and use cluster volume list formatting", {
      since: "1.42",
      hidden: true,
    }),
    filter: filter('Provide filter values (e.g. "dangling=true")', {
      short: "f",
      complete: filterChoices("volume ls"),
    }),
    format: tableFormat(),
    quiet: toggle("Only display volume names", { short: "q" }),
  },
  async run({ session, flags }) {
    const { volumesFormat = "" } = await session.configuration();
    const berth = await session.berth();
    const { Volumes } = await berth.volumes.list(flags.filter);
    // Cluster volumes belong to Swarm, which Berth does not support.
    const visible = flags.cluster ? [] : (Volumes ?? []);
    const sorted = visible.toSorted((a, b) => naturalOrder(a.Name, b.Name));
    const format = flags.format || (flags.quiet ? "" : volumesFormat);
    await printList(session.stdout, sorted, flags.cluster ? clusterVolumeList : volumeList, {
      format,
      quiet: flags.quiet,
    });
  },
});
