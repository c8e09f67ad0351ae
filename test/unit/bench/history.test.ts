import { expect, test } from "bun:test";
import { changeOf } from "../../../bench/history.ts";

const quiet = [{ ratio: 2 }, { ratio: 2.02 }, { ratio: 1.98 }];

test("a change within five percent does not count", () => {
  expect(changeOf({ ratio: 2.09 }, quiet, "lower").verdict).toBe("same");
  expect(changeOf({ ratio: 2.2 }, quiet, "lower").verdict).toBe("worse");
  expect(changeOf({ ratio: 1.8 }, quiet, "lower").verdict).toBe("better");
});

test("a noisy run needs a larger change", () => {
  expect(changeOf({ ratio: 2.2, noise: 0.05 }, quiet, "lower").verdict).toBe("same");
  expect(changeOf({ ratio: 2.4, noise: 0.05 }, quiet, "lower").verdict).toBe("worse");
});

test("where higher is better, a lower ratio is worse", () => {
  expect(changeOf({ ratio: 1.5 }, quiet, "higher").verdict).toBe("worse");
  expect(changeOf({ ratio: 2.5 }, quiet, "higher").verdict).toBe("better");
});

test("one outlier among the earlier runs does not count", () => {
  expect(changeOf({ ratio: 2 }, [...quiet, { ratio: 9 }], "lower")).toEqual({ before: 2.01, verdict: "same" });
});
