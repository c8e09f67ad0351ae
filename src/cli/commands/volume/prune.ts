// `berth volume prune`: removes unused anonymous volumes, with --all also named ones.

import { isOlderVersion } from "../../../client/connection.ts";
import { command, noArguments } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { filterChoices } from "../../filter-keys.ts";
import { dryRunFlag, forceFlag } from "../../flags/common.ts";
import { filter, toggle } from "../../flags/kinds.ts";
import { carryOut, mayPrune, pruneFilters, showPlans } from "../../prune.ts";
import { volumePruner } from "../../pruners.ts";

const WARNING = "WARNING! This will remove anonymous local volumes not used by at least one container.";
const WARNING_ALL = "WARNING! This will remove all local volumes not used by at least one container.";

export const prune = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    all: toggle("Remove all unused volumes, not just anonymous ones", { short: "a", since: "1.42" }),
    "dry-run": dryRunFlag(),
    filter: filter('Provide filter values (e.g. "label=<label>")', { complete: filterChoices("volume prune") }),
    force: forceFlag(),
  },
  async run({ session, flags }) {
    const given = await pruneFilters(session, flags.filter);
    if (flags.all && given.all !== undefined) {
      throw new CommandError("conflicting options: cannot specify both --all and --filter all=1");
    }
    const filters = flags.all ? { ...given, all: ["true"] } : given;
    if (flags["dry-run"]) return showPlans(session, [{ pruner: volumePruner, filters }]);
    const berth = await session.berth();
    // Engines before API 1.42 always removed named volumes, too.
    const removesAll = flags.all || isOlderVersion(await berth.connection.negotiate(), "1.42");
    if (!(await mayPrune(session, flags.force, removesAll ? WARNING_ALL : WARNING))) return;
    await carryOut(session, [{ pruner: volumePruner, filters }]);
  },
});
