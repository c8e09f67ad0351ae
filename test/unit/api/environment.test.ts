// Environment variables of containers, images, execs and builds.
import { expect, test } from "bun:test";
import { inheritVariables, overrideVariables, splitVariable, variableName } from "../../../src/api/environment.ts";

test.each([
  ["A=b=c", "A", "b=c"],
  ["A=", "A", ""],
  ["A", "A", ""],
])("%s is %s with %p", (entry, name, value) => {
  expect(variableName(entry)).toBe(name);
  expect(splitVariable(entry)).toEqual([name, value]);
});

test("a container's variables precede inherited ones and override them", () => {
  expect(inheritVariables(["B=own", "C=own"], ["A=image", "B=image"])).toEqual(["B=own", "C=own", "A=image"]);
});

test("overrides replace in place, append and remove", () => {
  expect(overrideVariables(["A=1", "B=1", "C=1"], ["B=2", "D=2", "C"])).toEqual(["A=1", "B=2", "D=2"]);
});
