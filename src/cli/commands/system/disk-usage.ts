// `berth system df`
import { command, noArguments } from "../../command.ts";
import { tableFormat, toggle } from "../../flags/kinds.ts";
import { printList } from "../../output/print-list.ts";
import { usageList, usageRows } from "../../output/rows/disk-usage.ts";

export const diskUsage = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: { format: tableFormat(), verbose: toggle("Show detailed information on space usage", { short: "v" }) },
  async run({ session, flags }) {
    const berth = await session.berth();
    const usage = await berth.system.diskUsage();
    if (!flags.verbose) {
      await printList(session.stdout, usageRows(usage), usageList, flags);
      return;
    }
    const { verboseUsage } = await import("../../output/disk-usage-details.ts");
    await session.stdout.write(verboseUsage(usage, flags.format));
  },
});
