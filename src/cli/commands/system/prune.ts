// `berth system prune`: removes all unused objects.

import type { Filters } from "../../../client/index.ts";
import { command, noArguments } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { filterChoices } from "../../filter-keys.ts";
import { dryRunFlag, forceFlag } from "../../flags/common.ts";
import { filter, toggle } from "../../flags/kinds.ts";
import { carryOut, mayPrune, type PruneStep, pruneFilters, showPlans } from "../../prune.ts";
import { buildCachePruner, containerPruner, imagePruner, networkPruner, volumePruner } from "../../pruners.ts";

function warning(options: { all: boolean; volumes: boolean }, filters: Filters): string {
  const parts = ["all stopped containers", "all networks not used by at least one container"];
  if (options.volumes) parts.push("all anonymous volumes not used by at least one container");
  parts.push(
    options.all ? "all images without at least one container associated to them" : "all dangling images",
    options.all ? "all build cache" : "unused build cache",
  );
  const given = Object.entries(filters).flatMap(([key, values]) => values.map((value) => `${key}=${value}`));
  const list = (lines: readonly string[]) => lines.map((line) => `  - ${line}\n`).join("");
  const filtered = given.length === 0 ? "" : `\n  Items to be pruned will be filtered with:\n${list(given.sort())}`;
  return `WARNING! This will remove:\n${list(parts)}${filtered}`;
}

export const prune = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    all: toggle("Remove all unused images not just dangling ones", { short: "a" }),
    "dry-run": dryRunFlag(),
    filter: filter('Provide filter values (e.g. "label=<key>=<value>")', { complete: filterChoices("prune") }),
    force: forceFlag(),
    volumes: toggle("Prune anonymous volumes"),
  },
  examples: [["system prune --dry-run", "What would go, and how much space it would free"]],
  async run({ session, flags }) {
    const filters = await pruneFilters(session, flags.filter);
    if (flags.volumes && filters.until !== undefined) {
      throw new CommandError('ERROR: The "until" filter is not supported with "--volumes"');
    }
    const imageFilters = { ...filters, dangling: [String(!flags.all)] };
    const steps: PruneStep[] = [
      { pruner: containerPruner, filters },
      ...(flags.volumes ? [{ pruner: volumePruner, filters }] : []),
      { pruner: networkPruner, filters },
      { pruner: imagePruner, filters: imageFilters },
      { pruner: buildCachePruner({ all: flags.all }), filters },
    ];
    if (flags["dry-run"]) return showPlans(session, steps);
    if (!(await mayPrune(session, flags.force, warning(flags, filters)))) return;
    await carryOut(session, steps);
  },
});
