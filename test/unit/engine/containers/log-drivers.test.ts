import { describe, expect, test } from "bun:test";
import {
  checkLogDriver,
  logDriver,
  registerLogDriver,
  usableLogDrivers,
} from "../../../../src/engine/containers/logs/drivers.ts";
import { logLimits } from "../../../../src/engine/containers/logs/limits.ts";
import type { LogDriver } from "../../../../src/engine/containers/logs/log-driver.ts";

/** All that a driver is. */
const dummy: LogDriver = {
  name: "dummy",
  options: ["dummy-address"],
  storage: "monitor",
  limits: (options) => logLimits(options),
  missing: () => undefined,
  forwarder: () => ({ isRunning: false, connect: async () => {}, run: async () => {}, stop: () => {} }),
};

describe("a driver is one object, registered by one line", () => {
  registerLogDriver(dummy);

  test("can be selected, and is listed in info", () => {
    expect(logDriver("dummy")).toBe(dummy);
    expect(usableLogDrivers()).toContain("dummy");
  });

  test("has its options validated like those of the others", () => {
    checkLogDriver("dummy", { "dummy-address": "x", mode: "non-blocking" });
    expect(() => checkLogDriver("dummy", { other: "x" })).toThrow("unknown log opt 'other' for dummy log driver");
  });
});

describe("limits, as Docker counts them", () => {
  test.each([
    ["json-file", {}, { maxSize: 64_000_000, maxFiles: 5, compress: false }],
    ["json-file", { "max-size": "10m" }, { maxSize: 10_000_000, maxFiles: 1, compress: false }],
    [
      "json-file",
      { "max-size": "1k", "max-file": "3", compress: "true" },
      { maxSize: 1000, maxFiles: 3, compress: true },
    ],
    ["local", { "max-size": "10m" }, { maxSize: 10_000_000, maxFiles: 5, compress: false }],
    ["local", { "max-size": "-1" }, { maxSize: Number.POSITIVE_INFINITY, maxFiles: 5, compress: false }],
  ])("%s %j", (driver, options, limits) => {
    expect(logDriver(driver).limits(options)).toEqual(limits);
  });

  test.each([
    [{ "max-size": "x" }, "invalid size: 'x'"],
    [{ "max-file": "0" }, "max-file cannot be less than 1"],
    [{ "max-file": "x" }, 'strconv.Atoi: parsing "x": invalid syntax'],
    [
      { "max-size": "1m", compress: "true" },
      "compress cannot be true when max-file is less than 2 or max-size is not set",
    ],
  ])("%j is refused", (options, message) => {
    expect(() => checkLogDriver("json-file", options)).toThrow(message);
  });
});
