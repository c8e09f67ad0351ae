// `berth container prune`

import { pruneCommand } from "../../prune-command.ts";
import { containerPruner } from "../../pruners.ts";

export const prune = pruneCommand(containerPruner, "WARNING! This will remove all stopped containers.");
