// `berth image prune`

import { command, noArguments } from "../../command.ts";
import { filterChoices } from "../../filter-keys.ts";
import { dryRunFlag, forceFlag } from "../../flags/common.ts";
import { filter, toggle } from "../../flags/kinds.ts";
import { carryOut, mayPrune, pruneFilters, showPlans } from "../../prune.ts";
import { imagePruner } from "../../pruners.ts";

const WARNING = "WARNING! This will remove all dangling images.";
const WARNING_ALL = "WARNING! This will remove all images without at least one container associated to them.";

export const prune = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    all: toggle("Remove all unused images, not just dangling ones", { short: "a" }),
    "dry-run": dryRunFlag(),
    filter: filter('Provide filter values (e.g. "until=<timestamp>")', { complete: filterChoices("prune") }),
    force: forceFlag(),
  },
  async run({ session, flags }) {
    const filters = { ...(await pruneFilters(session, flags.filter)), dangling: [String(!flags.all)] };
    if (flags["dry-run"]) return showPlans(session, [{ pruner: imagePruner, filters }]);
    if (!(await mayPrune(session, flags.force, flags.all ? WARNING_ALL : WARNING))) return;
    await carryOut(session, [{ pruner: imagePruner, filters }]);
  },
});
