// The log drivers by name: which options each takes, where its lines go, and what it needs of the host.
// Whatever the driver, the monitor keeps a file as well, so `logs` works with all of them but "none".
import { existsSync } from "node:fs";
import { BerthError, messageOf } from "../../../api/errors.ts";
import { checkPatterns } from "./details.ts";
import { parseSize } from "./limits.ts";
import type { LogOptions } from "./options.ts";
import { checkSyslogOptions, SYSLOG_OPTIONS } from "./syslog/options.ts";
import { checkTag } from "./tag.ts";

export interface LogDriver {
  /** The options it takes besides those of every driver. */
  options: readonly string[];
  /** Docker's sentence about an option it does not take. */
  unknownOption?(name: string): string;
  /** @throws BerthError invalidParameter */
  check?(options: LogOptions): void;
  /** What the host lacks for it; undefined when it can be used. */
  missing?(): string | undefined;
  /** Where the lines go besides the file. */
  destination?: "journald" | "syslog";
  /** Whether no file is kept. */
  keepsNothing?: true;
}

const JOURNAL_SOCKET = "/run/systemd/journal/socket";
const METADATA = ["labels", "labels-regex", "env", "env-regex", "tag"];
/** Of the file that is kept beside what goes elsewhere. */
const FILE = ["max-size", "max-file", "compress"];
const OF_EVERY_DRIVER = ["mode", "max-buffer-size"];

const drivers: Readonly<Record<string, LogDriver>> = {
  "json-file": { options: [...FILE, ...METADATA], check: checkTag },
  local: { options: FILE, unknownOption: (name) => `unknown log opt '${name}' for log driver local` },
  journald: {
    options: [...FILE, ...METADATA],
    check: checkTag,
    missing: () => (existsSync(JOURNAL_SOCKET) ? undefined : "journald is not enabled on this host"),
    destination: "journald",
  },
  syslog: { options: [...FILE, ...METADATA, ...SYSLOG_OPTIONS], check: checkSyslogOptions, destination: "syslog" },
  none: { options: [], keepsNothing: true },
};

/** The drivers that containers on this host may name. */
export function usableLogDrivers(): string[] {
  return Object.keys(drivers)
    .filter((name) => logDriver(name).missing?.() === undefined)
    .sort();
}

/** @throws BerthError invalidParameter in Docker's words for a driver that there is not. */
export function logDriver(name: string): LogDriver {
  const driver = Object.hasOwn(drivers, name) ? drivers[name] : undefined;
  if (driver) return driver;
  throw new BerthError("invalidParameter", `logger: no log driver named '${name}' is registered`);
}

function checkBufferSize(size: string | undefined): void {
  try {
    if (size !== undefined) parseSize(size);
  } catch (thrown) {
    throw new BerthError("invalidParameter", `error parsing option max-buffer-size: ${messageOf(thrown)}`, thrown);
  }
}

/** Checks what `--log-driver` and `--log-opt` say. @throws BerthError invalidParameter, in Docker's words */
export function checkLogDriver(name: string, options: LogOptions): void {
  const driver = logDriver(name);
  const { mode = "blocking" } = options;
  if (mode !== "blocking" && mode !== "non-blocking") {
    throw new BerthError("invalidParameter", `logger: logging mode not supported: ${mode}`);
  }
  if (options["max-buffer-size"] !== undefined && mode === "blocking") {
    throw new BerthError(
      "invalidParameter",
      "logger: max-buffer-size option is only supported with 'mode=non-blocking'",
    );
  }
  checkBufferSize(options["max-buffer-size"]);
  if (driver.keepsNothing) return;
  const accepted = [...OF_EVERY_DRIVER, ...driver.options];
  const unknown = Object.keys(options).find((option) => !accepted.includes(option));
  if (unknown !== undefined) {
    const sentence = driver.unknownOption?.(unknown) ?? `unknown log opt '${unknown}' for ${name} log driver`;
    throw new BerthError("invalidParameter", sentence);
  }
  checkPatterns(options);
  driver.check?.(options);
}
