// `berth network prune`

import { pruneCommand } from "../../prune-command.ts";
import { networkPruner } from "../../pruners.ts";

export const prune = pruneCommand(
  networkPruner,
  "WARNING! This will remove all custom networks not used by at least one container.",
);
