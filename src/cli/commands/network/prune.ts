// `berth network prune`

import { command, noArguments } from "../../command.ts";
import { filterChoices } from "../../filter-keys.ts";
import { dryRunFlag, forceFlag } from "../../flags/common.ts";
import { filter } from "../../flags/kinds.ts";
import { carryOut, mayPrune, pruneFilters, showPlans } from "../../prune.ts";
import { networkPruner } from "../../pruners.ts";

const WARNING = "WARNING! This will remove all custom networks not used by at least one container.";

export const prune = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    "dry-run": dryRunFlag(),
    filter: filter('Provide filter values (e.g. "until=<timestamp>")', { complete: filterChoices("prune") }),
    force: forceFlag(),
  },
  async run({ session, flags }) {
    const filters = await pruneFilters(session, flags.filter);
    if (flags["dry-run"]) return showPlans(session, [{ pruner: networkPruner, filters }]);
    if (!(await mayPrune(session, flags.force, WARNING))) return;
    await carryOut(session, [{ pruner: networkPruner, filters }]);
  },
});
