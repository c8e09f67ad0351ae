import { existsSync } from "node:fs";
import { METADATA_OPTIONS } from "../details.ts";
import { logLimits } from "../limits.ts";
import type { LogDriver } from "../log-driver.ts";
import { FILE_OPTIONS } from "../options.ts";
import { checkTag } from "../tag.ts";

const JOURNAL_SOCKET = "/run/systemd/journal/socket";

export const journald: LogDriver = {
  name: "journald",
  options: [...FILE_OPTIONS, ...METADATA_OPTIONS],
  check: checkTag,
  missing: () => (existsSync(JOURNAL_SOCKET) ? undefined : "journald is not enabled on this host"),
  storage: "monitor",
  limits: (options) => logLimits(options),
  monitorJournal: true,
};
