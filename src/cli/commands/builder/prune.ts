// `berth builder prune`: removes build cache.
import { command, noArguments } from "../../command.ts";
import { dryRunFlag, forceFlag } from "../../flags/common.ts";
import { bytes, filter, toggle } from "../../flags/kinds.ts";
import { carryOut, pruneFilters, showPlans } from "../../prune.ts";
import { buildCachePruner } from "../../pruners.ts";
import { confirm } from "../../terminal/prompt.ts";

const question = (what: string): string =>
  `WARNING! This will remove all ${what}build cache. Are you sure you want to continue?`;

export const prune = command({
  usage: "",
  arity: noArguments,
  flags: {
    all: toggle("Remove all unused build cache, not just dangling ones", { short: "a" }),
    "dry-run": dryRunFlag(),
    filter: filter('Provide filter values (e.g. "until=24h")'),
    force: forceFlag(),
    "keep-storage": bytes("Amount of disk space to keep for cache"),
    "max-used-space": bytes("Maximum amount of disk space allowed to keep for cache"),
    "min-free-space": bytes("Target amount of free disk space after pruning"),
    "reserved-space": bytes("Amount of disk space always allowed to keep for cache"),
  },
  since: "1.39",
  async run({ session, flags }) {
    const filters = await pruneFilters(session, flags.filter);
    const pruner = buildCachePruner({
      all: flags.all,
      reservedSpace: flags["reserved-space"] ?? flags["keep-storage"],
      maxUsedSpace: flags["max-used-space"],
      minFreeSpace: flags["min-free-space"],
    });
    if (flags["dry-run"]) return showPlans(session, [{ pruner, filters }]);
    if (!flags.force && !(await confirm(session, question(flags.all ? "" : "dangling ")))) return;
    await carryOut(session, [{ pruner, filters }]);
  },
});
