import { METADATA_OPTIONS } from "../details.ts";
import { logLimits } from "../limits.ts";
import type { LogDriver } from "../log-driver.ts";
import { FILE_OPTIONS } from "../options.ts";
import { checkTag } from "../tag.ts";

/** Docker's driver keeps one file when a size is given and no count. */
const COUNT_WITH_SIZE = 1;

export const jsonFile: LogDriver = {
  name: "json-file",
  options: [...FILE_OPTIONS, ...METADATA_OPTIONS],
  check: checkTag,
  storage: "json-file",
  limits: (options) => logLimits(options, COUNT_WITH_SIZE),
};
