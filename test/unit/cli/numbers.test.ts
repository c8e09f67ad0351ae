// Sizes, durations and CPU counts as typed by users.
import { describe, expect, test } from "bun:test";
import { parseBytes, parseCpus, parseDuration, parseInteger } from "../../../src/cli/flags/numbers.ts";

describe("bytes", () => {
  test.each([
    ["0", 0],
    ["512", 512],
    ["1k", 1024],
    ["1kb", 1024],
    ["1KiB", 1024],
    ["1.5m", 1572864],
    ["1 g", 1073741824],
    ["2t", 2199023255552],
    ["10b", 10],
  ])("%s", (given, expected) => {
    expect(parseBytes(given)).toBe(expected);
  });

  test.each([
    ["", "invalid size: ''"],
    ["x", "invalid size: 'x'"],
    ["5x", "invalid suffix: 'x'"],
    ["5kbb", "invalid suffix: 'kbb'"],
    ["5bb", "invalid suffix: 'bb'"],
    ["-1", "invalid size: '-1'"],
    ["1.2.3m", 'strconv.ParseFloat: parsing "1.2.3": invalid syntax'],
  ])("%s is refused", (given, message) => {
    expect(() => parseBytes(given)).toThrow(message);
  });
});

describe("durations", () => {
  test.each([
    ["0", 0],
    ["1s", 1e9],
    ["1h30m", 5400e9],
    ["1.5s", 1.5e9],
    ["300ms", 3e8],
    ["-2s", -2e9],
    ["1us", 1000],
  ])("%s", (given, expected) => {
    expect(parseDuration(given)).toBe(expected);
  });

  test.each([
    ["x", 'time: invalid duration "x"'],
    ["", 'time: invalid duration ""'],
    ["5", 'time: missing unit in duration "5"'],
    ["1y", 'time: unknown unit "y" in duration "1y"'],
  ])("%s is refused", (given, message) => {
    expect(() => parseDuration(given)).toThrow(message);
  });
});

test.each([
  ["1", 1e9],
  ["0.5", 5e8],
  ["3/4", 75e7],
  [".25", 25e7],
])("%s processors", (given, expected) => {
  expect(parseCpus(given)).toBe(expected);
});

test("rejects CPU values with too many decimals", () => {
  expect(() => parseCpus("0.0000000001")).toThrow("value is too precise");
  expect(() => parseCpus("x")).toThrow("failed to parse x as a rational number");
});

test.each([
  ["12", 12],
  ["-3", -3],
  ["0x1f", 31],
  ["0o17", 15],
  ["017", 15],
  ["1_000", 1000],
])("%s is a whole number", (given, expected) => {
  expect(parseInteger(given)).toBe(expected);
});

test("rejects a number out of range", () => {
  expect(() => parseInteger("70000", 0n, 65535n)).toThrow('strconv.ParseUint: parsing "70000": value out of range');
});
