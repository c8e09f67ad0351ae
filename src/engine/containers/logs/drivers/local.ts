import { logLimits } from "../limits.ts";
import type { LogDriver } from "../log-driver.ts";
import { FILE_OPTIONS } from "../options.ts";

export const local: LogDriver = {
  name: "local",
  options: FILE_OPTIONS,
  unknownOption: (name) => `unknown log opt '${name}' for log driver local`,
  storage: "monitor",
  limits: (options) => logLimits(options),
};
