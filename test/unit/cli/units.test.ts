// Docker's phrases for sizes and times, at every boundary.
import { describe, expect, test } from "bun:test";
import {
  binarySize,
  ellipsis,
  goTimeOfTimestamp,
  humanDuration,
  humanSize,
  shortId,
} from "../../../src/cli/output/units.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("durations", () => {
  test.each([
    [0, "Less than a second"],
    [SECOND - 1, "Less than a second"],
    [SECOND, "1 second"],
    [59 * SECOND, "59 seconds"],
    [60 * SECOND, "About a minute"],
    [119 * SECOND, "About a minute"],
    [2 * MINUTE, "2 minutes"],
    [59 * MINUTE, "59 minutes"],
    [60 * MINUTE, "About an hour"],
    [89 * MINUTE, "About an hour"],
    [90 * MINUTE, "2 hours"],
    [47 * HOUR, "47 hours"],
    [48 * HOUR, "2 days"],
    [13 * DAY, "13 days"],
    [14 * DAY, "2 weeks"],
    [59 * DAY, "8 weeks"],
    [60 * DAY, "2 months"],
    [729 * DAY, "24 months"],
    [730 * DAY, "2 years"],
  ])("%d ms", (milliseconds, expected) => {
    expect(humanDuration(milliseconds)).toBe(expected);
  });
});

describe("sizes", () => {
  test.each([
    [0, "0B"],
    [999, "999B"],
    [1000, "1kB"],
    [1984162, "1.984MB"],
    [401982256, "402MB"],
    [1_240_000_000, "1.24GB"],
    [5e21, "5ZB"],
  ])("%d bytes", (size, expected) => {
    expect(humanSize(size)).toBe(expected);
  });

  test("with three digits", () => {
    expect(humanSize(1984162, 3)).toBe("1.98MB");
    expect(humanSize(1_999_999, 3)).toBe("2MB");
  });

  test.each([
    [323584, "316KiB"],
    [104857600, "100MiB"],
    [25276502016, "23.54GiB"],
  ])("%d bytes of memory", (size, expected) => {
    expect(binarySize(size)).toBe(expected);
  });
});

test.each([
  ["2026-11-21T09:24:18.574225778Z", "2026-11-21 09:24:18.574225778 +0000 UTC"],
  ["2026-11-21T09:24:18Z", "2026-11-21 09:24:18 +0000 UTC"],
  ["2026-11-21T09:24:18.500Z", "2026-11-21 09:24:18.5 +0000 UTC"],
  ["2026-11-21T11:24:18+02:00", "2026-11-21 11:24:18 +0200 +0200"],
])("Go's time of %s", (timestamp, expected) => {
  expect(goTimeOfTimestamp(timestamp)).toBe(expected);
});

test("identifiers and truncated texts", () => {
  expect(shortId("sha256:3bedcb7993af4edb1e46")).toBe("3bedcb7993af");
  expect(ellipsis("0123456789", 10)).toBe("0123456789");
  expect(ellipsis("0123456789a", 10)).toBe("012345678…");
  expect(ellipsis("äöüäöüäöüäöü", 4)).toBe("äöü…");
});
