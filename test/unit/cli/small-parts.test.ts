// Small parts: reformatted JSON, nearest matches, subnets, points in time, sort orders, progress lines.
import { describe, expect, test } from "bun:test";
import { naturalOrder } from "../../../src/cli/natural-order.ts";
import { planPools } from "../../../src/cli/network-pools.ts";
import { progressLineText } from "../../../src/cli/output/progress-line.ts";
import { compactJson, indentJson } from "../../../src/cli/output/raw-json.ts";
import { transferLine } from "../../../src/cli/output/transfer-meter.ts";
import { whileWaiting } from "../../../src/cli/output/waiting-line.ts";
import { closest, editDistance } from "../../../src/cli/suggest.ts";
import { readPointInTime } from "../../../src/cli/times.ts";

describe("JSON as text", () => {
  const text = '{"a": 9223372036854775807, "b":[ ] ,"c":{},"d":[1,{"e":"x, {\\"y\\"}"}],"f":"\\u003c"}';

  test("keeps every digit and escape", () => {
    expect(compactJson(text)).toBe(
      '{"a":9223372036854775807,"b":[],"c":{},"d":[1,{"e":"x, {\\"y\\"}"}],"f":"\\u003c"}',
    );
    expect(indentJson(text, "  ")).toBe(`{
  "a": 9223372036854775807,
  "b": [],
  "c": {},
  "d": [
    1,
    {
      "e": "x, {\\"y\\"}"
    }
  ],
  "f": "\\u003c"
}`);
  });
});

describe("the nearest match", () => {
  test.each([
    ["stp", "stop"],
    ["pss", "ps"],
    ["rnu", "run"],
    ["contianer", "container"],
    ["imag", "image"],
    ["xyzzy", undefined],
  ])("%s", (typed, expected) => {
    expect(closest(typed, ["stop", "ps", "run", "container", "image", "top"])).toBe(expected);
  });

  test("counts a swap of neighbours once", () => {
    expect(editDistance("rnu", "run")).toBe(1);
    expect(editDistance("", "abc")).toBe(3);
  });
});

describe("subnets", () => {
  const none = { subnets: [], ranges: [], gateways: [], auxiliary: {} };

  test("receive the value they contain", () => {
    expect(
      planPools({
        subnets: ["10.0.0.0/24", "fd00::/64"],
        ranges: ["10.0.0.128/25"],
        gateways: ["10.0.0.1", "fd00::1"],
        auxiliary: { router: "10.0.0.2" },
      }),
    ).toEqual([
      {
        Subnet: "10.0.0.0/24",
        IPRange: "10.0.0.128/25",
        Gateway: "10.0.0.1",
        AuxiliaryAddresses: { router: "10.0.0.2" },
      },
      { Subnet: "fd00::/64", Gateway: "fd00::1", AuxiliaryAddresses: {} },
    ]);
  });

  test.each([
    [{ gateways: ["1.2.3.4"] }, "every ip-range or gateway must have a corresponding subnet"],
    [{ subnets: ["10.0.0.0/24"], gateways: ["1.2.3.4"] }, "no matching subnet for gateway 1.2.3.4"],
    [{ subnets: ["10.0.0.0/24", "10.0.0.0/16"] }, "multiple overlapping subnet configuration is not supported"],
    [
      { subnets: ["10.0.0.0/24", "10.1.0.0/24"], ranges: ["10.0.0.0/25", "10.0.0.128/25"] },
      "cannot configure multiple ranges (10.0.0.128/25, 10.0.0.0/25) on the same subnet (10.0.0.0/24)",
    ],
  ])("%j is refused", (flags, message) => {
    expect(() => planPools({ ...none, ...flags })).toThrow(message);
  });
});

describe("points in time", () => {
  test.each([
    ["2013-01-02T13:23:37Z", "1357133017.000000000"],
    ["2013-01-02T13:23:37.5+01:00", "1357129417.500000000"],
    ["1357133017", "1357133017"],
    ["1357133017.25", "1357133017.25"],
  ])("%s", (text, expected) => {
    expect(readPointInTime(text, "since")).toBe(expected);
  });

  test("ago", () => {
    const seconds = Number(readPointInTime("10m", "since"));
    expect(Math.abs(Date.now() / 1000 - 600 - seconds)).toBeLessThan(5);
  });

  test("invalid values", () => {
    expect(() => readPointInTime("foo", "since")).toThrow(
      'invalid value for "since": failed to parse value as time or duration: "foo"',
    );
    expect(readPointInTime("", "since")).toBeUndefined();
  });
});

test("numbers in names count by value", () => {
  expect(["web10", "web2", "db", "web"].sort(naturalOrder)).toEqual(["db", "web", "web2", "web10"]);
});

describe("progress", () => {
  const rate = { since: 0, from: 0 };

  test.each([
    [{ id: "abc", status: "Pulling fs layer" }, "abc: Pulling fs layer"],
    [{ status: "Digest: sha256:x" }, "Digest: sha256:x"],
    [
      { id: "abc", status: "Downloading", progressDetail: { current: 5_000_000, total: 10_000_000 } },
      "abc: Downloading [==========>          ]      5MB/10MB  5MB/s 1s",
    ],
    [
      { id: "abc", status: "Extracting", progressDetail: { current: 5, total: 10, units: "files" } },
      "abc: Extracting [==========>          ]  5 files/10 files  5 files/s 1s",
    ],
    [{ id: "abc", status: "Pushing", progressDetail: { current: 512 } }, "abc: Pushing     512B"],
  ])("%j", (line, expected) => {
    expect(progressLineText(line, rate, 100, 1000)).toBe(expected);
  });

  test("fits a narrow terminal", () => {
    const line = { id: "abc", status: "Downloading", progressDetail: { current: 5_000_000, total: 10_000_000 } };
    expect(progressLineText(line, rate, 30, 1000)).toHaveLength(30);
  });

  test("of one transfer", () => {
    expect(transferLine("Copying", 5_000_000, 10_000_000, 1000)).toBe("Copying 5MB / 10MB  5MB/s  1s left");
    expect(transferLine("Copying", 5_000_000, undefined, 0)).toBe("Copying 5MB");
  });
});

describe("a line for work without progress", () => {
  /** Ends the work with the first line that is written. */
  function watched(isTerminal: boolean) {
    const { promise: work, resolve } = Promise.withResolvers<string>();
    const written: string[] = [];
    const write = async (text: string | Uint8Array) => {
      written.push(text.toString());
      resolve("done");
    };
    return { out: { isTerminal, write }, work, written };
  }

  test("shows the elapsed time and disappears", async () => {
    const { out, work, written } = watched(true);
    expect(await whileWaiting(out, "Committing web", work)).toBe("done");
    expect(written[0]).toBe("\r\x1b[KCommitting web  1s");
    expect(written.at(-1)).toBe("\r\x1b[K");
  });

  test("is not shown without a terminal or for short waits", async () => {
    for (const isTerminal of [true, false]) {
      const { out, written } = watched(isTerminal);
      expect(await whileWaiting(out, "Committing web", Promise.resolve(5))).toBe(5);
      expect(written).toEqual([]);
    }
  });

  test("disappears when the work fails", async () => {
    const { out, work, written } = watched(true);
    const failing = work.then(() => Promise.reject(new Error("no")));
    await expect(whileWaiting(out, "Committing web", failing)).rejects.toThrow("no");
    expect(written.at(-1)).toBe("\r\x1b[K");
  });
});
