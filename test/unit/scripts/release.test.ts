// What a release decides before it touches anything.
import { expect, test } from "bun:test";
import { finalizeChangelog } from "../../../scripts/release/changelog.ts";
import { isNewer } from "../../../scripts/release/version.ts";

test.each([
  ["0.2.0", "0.1.0", true],
  ["0.10.0", "0.9.9", true],
  ["1.0.0", "0.9.9", true],
  ["0.1.0", "0.1.0", false],
  ["0.1.0", "0.2.0", false],
  ["0.2", "0.1.0", false],
  ["v0.2.0", "0.1.0", false],
  ["0.02.0", "0.1.0", false],
])("%s after %s: %p", (version, current, newer) => {
  expect(isNewer(version, current)).toBe(newer);
});

test("the unreleased section gets version and date, with a new one above", () => {
  const { text, notes } = finalizeChangelog(
    "# Changelog\n\n## Unreleased\n- A fix.\n\n## 0.1.0 (2026-01-01)\n- First.\n",
    "0.2.0",
    "2026-02-03",
  );
  expect(notes).toBe("- A fix.");
  expect(text).toBe(
    "# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-02-03)\n- A fix.\n\n## 0.1.0 (2026-01-01)\n- First.\n",
  );
});

test("rejects a release without changes", () => {
  expect(() =>
    finalizeChangelog("# Changelog\n\n## Unreleased\n\n## 0.1.0\n- First.\n", "0.2.0", "2026-02-03"),
  ).toThrow("nothing below");
  expect(() => finalizeChangelog("# Changelog\n", "0.2.0", "2026-02-03")).toThrow("nothing below");
});
