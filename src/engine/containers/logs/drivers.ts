// The log drivers by name, and validation of `--log-driver` and `--log-opt`.
import { BerthError, messageOf } from "../../../api/errors.ts";
import { checkPatterns } from "./details.ts";
import { journald } from "./drivers/journald.ts";
import { jsonFile } from "./drivers/json-file.ts";
import { local } from "./drivers/local.ts";
import { none } from "./drivers/none.ts";
import { syslog } from "./drivers/syslog/syslog.ts";
import { parseLogSize } from "./limits.ts";
import type { LogDriver } from "./log-driver.ts";
import type { LogOptions } from "./options.ts";

const OF_EVERY_DRIVER = ["mode", "max-buffer-size"];

const drivers = new Map<string, LogDriver>();

/** Adds a driver to those that containers may name. */
export function registerLogDriver(driver: LogDriver): void {
  drivers.set(driver.name, driver);
}

for (const driver of [jsonFile, local, journald, syslog, none]) registerLogDriver(driver);

/** The drivers that containers on this host may name. */
export function usableLogDrivers(): string[] {
  return [...drivers.keys()].filter((name) => logDriver(name).missing?.() === undefined).sort();
}

/** @throws BerthError invalidParameter, in Docker's words, for an unknown driver */
export function logDriver(name: string): LogDriver {
  const driver = drivers.get(name);
  if (driver) return driver;
  throw new BerthError("invalidParameter", `logger: no log driver named '${name}' is registered`);
}

function checkBufferSize(size: string | undefined): void {
  try {
    if (size !== undefined) parseLogSize(size);
  } catch (thrown) {
    throw new BerthError("invalidParameter", `error parsing option max-buffer-size: ${messageOf(thrown)}`, thrown);
  }
}

/** Validates `--log-driver` and `--log-opt`. @throws BerthError invalidParameter, in Docker's words */
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
  if (driver.storage === "none") return;
  const accepted = [...OF_EVERY_DRIVER, ...driver.options];
  const unknown = Object.keys(options).find((option) => !accepted.includes(option));
  if (unknown !== undefined) {
    const sentence = driver.unknownOption?.(unknown) ?? `unknown log opt '${unknown}' for ${name} log driver`;
    throw new BerthError("invalidParameter", sentence);
  }
  checkPatterns(options);
  driver.check?.(options);
  driver.limits(options);
}
