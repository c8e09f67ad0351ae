// One row of a table is a whole option: its flag, help, field, type and bounds. A new one is this row, the code that
// makes it work, and a test.
import { expect, test } from "bun:test";
import * as v from "valibot";
import {
  configOptions,
  hostOptions,
  limitOptions,
  namespaceOptions,
  type OptionTable,
  resourceOptions,
} from "../../../src/api/container-options.ts";
import { fieldSchemas } from "../../../src/api/option-schemas.ts";
import { optionFields, optionFlags } from "../../../src/cli/container-spec/options.ts";
import { flagLines } from "../../../src/cli/help.ts";
import { fromDockerFields, toDockerFields } from "../../../src/docker/options.ts";
import { optionFields as configurationFields } from "../../../src/engine/containers/configuration/option-fields.ts";
import { checkBounds } from "../../../src/runtime/spec/validation/bounds.ts";

const table = {
  LatencyTarget: {
    kind: "integer",
    flag: "latency-target",
    short: "y",
    description: "Target latency in microseconds",
    bounds: { least: 10, most: 20, zeroIsUnset: true, refusal: "invalid latency target {}" },
  },
  Zones: { kind: "texts", flag: "zone", description: "Zones to run in", omitted: "when-empty" },
} as const satisfies OptionTable;

test("a row defines a flag with its help", () => {
  const flags = optionFlags(table);
  expect(flagLines(flags)).toContain("-y, --latency-target int   Target latency in microseconds");
  expect(flags["latency-target"].read("15", undefined)).toBe(15);
  expect(flags.zone.read("b", ["a"])).toEqual(["a", "b"]);
});

test("a row defines a request field", () => {
  expect(optionFields(table, { "latency-target": 15, zone: [] }, new Set())).toEqual({ LatencyTarget: 15 });
  expect(optionFields(table, { "latency-target": undefined, zone: ["a"] }, new Set())).toEqual({ Zones: ["a"] });
});

test("a row defines the server's request schema", () => {
  const schema = v.object(fieldSchemas(table));
  expect(v.parse(schema, { LatencyTarget: 15, Zones: ["a"], Other: 1 })).toEqual({ LatencyTarget: 15, Zones: ["a"] });
  expect(v.safeParse(schema, { LatencyTarget: "15" }).success).toBe(false);
  expect(v.safeParse(schema, { Zones: "a" }).success).toBe(false);
});

test("a row defines a field of configurations, and its translation both ways", () => {
  const asked = { LatencyTarget: 15, Zones: ["a"] };
  const fields = { latencyTarget: 15, zones: ["a"] };
  expect(fromDockerFields(table, asked)).toEqual(fields);
  expect(toDockerFields(table, fields)).toEqual(asked);
  expect(v.parse(v.object(configurationFields(table)), fields)).toEqual(fields);
});

test.each([
  [{ latencyTarget: 9 }, "invalid latency target 9"],
  [{ latencyTarget: 21 }, "invalid latency target 21"],
])("a row gives the engine's check: %j", (fields, refusal) => {
  expect(() => checkBounds(table, fields)).toThrow(refusal);
});

test.each([{ latencyTarget: 10 }, { latencyTarget: 20 }, { latencyTarget: 0 }, {}])("%j is within bounds", (fields) => {
  checkBounds(table, fields);
});

test("every flag and short name has a single row", () => {
  const rows: { flag: string; short?: string }[] = [
    configOptions,
    hostOptions,
    limitOptions,
    namespaceOptions,
    resourceOptions,
  ].flatMap((each) => Object.values(each));
  const names = rows.flatMap(({ flag, short }) => [flag, ...(short ? [short] : [])]);
  expect(names).toEqual([...new Set(names)]);
});
