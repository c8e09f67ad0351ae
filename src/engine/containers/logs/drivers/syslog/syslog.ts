import { METADATA_OPTIONS } from "../../details.ts";
import { logLimits } from "../../limits.ts";
import type { LogDriver } from "../../log-driver.ts";
import { FILE_OPTIONS } from "../../options.ts";
import { SyslogForwarder } from "./forwarder.ts";
import { checkSyslogOptions, SYSLOG_OPTIONS } from "./options.ts";

export const syslog: LogDriver = {
  name: "syslog",
  options: [...FILE_OPTIONS, ...METADATA_OPTIONS, ...SYSLOG_OPTIONS],
  check: checkSyslogOptions,
  storage: "monitor",
  limits: (options) => logLimits(options),
  forwarder: ({ spec, options, path, log }) => new SyslogForwarder(spec, options, path, log),
};
