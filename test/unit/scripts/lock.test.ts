import { expect, test } from "bun:test";
import { lockReport } from "../../../scripts/check/lock.ts";

test("a dependency is found next to its package or in a parent directory", () => {
  const lock = {
    packages: {
      "": { dependencies: { a: "1" } },
      "node_modules/a": { dependencies: { b: "1", c: "1" }, optionalDependencies: { "d-win32": "1" } },
      "node_modules/a/node_modules/b": { dependencies: { c: "1" } },
      "node_modules/c": {},
    },
  };
  expect(lockReport(lock)).toEqual(["package-lock.json: node_modules/a needs d-win32, which has no entry"]);
});
