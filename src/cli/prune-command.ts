// A `prune` command without options of its own.
import { command, noArguments } from "./command.ts";
import { filterChoices } from "./filter-keys.ts";
import { dryRunFlag, forceFlag } from "./flags/common.ts";
import { filter } from "./flags/kinds.ts";
import { carryOut, mayPrune, type Pruner, pruneFilters, showPlans } from "./prune.ts";

/** @param warning what is asked before anything is removed */
export const pruneCommand = (pruner: Pruner, warning: string) =>
  command({
    usage: "[OPTIONS]",
    arity: noArguments,
    flags: {
      "dry-run": dryRunFlag(),
      filter: filter('Provide filter values (e.g. "until=<timestamp>")', { complete: filterChoices("prune") }),
      force: forceFlag(),
    },
    async run({ session, flags }) {
      const filters = await pruneFilters(session, flags.filter);
      if (flags["dry-run"]) return showPlans(session, [{ pruner, filters }]);
      if (!(await mayPrune(session, flags.force, warning))) return;
      await carryOut(session, [{ pruner, filters }]);
    },
  });
