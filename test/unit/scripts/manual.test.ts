// The manual pages: every command has one, in roff, with the text of the help.
import { expect, test } from "bun:test";
import { manualPages } from "../../../scripts/package/manual.ts";
import { roffOf } from "../../../scripts/package/roff.ts";
import { rows } from "../../../src/cli/commands/table.ts";

const pages = await manualPages();

test("every command that the help shows has a page under each of its names", () => {
  const names = new Set(pages.map(({ name }) => name));
  for (const { hidden, path, shortForm } of rows) {
    if (hidden) continue;
    for (const name of [path, ...(shortForm ? [shortForm] : [])]) {
      expect(names).toContain(`berth-${name.replaceAll(" ", "-")}`);
    }
  }
});

test("page names are unique", () => {
  const files = pages.map(({ name, section }) => `${name}.${section}`);
  expect(new Set(files).size).toBe(files.length);
});

test("a page of a command has its options, with dashes that can be searched for", () => {
  const page = pages.find(({ name }) => name === "berth-container-stop");
  if (!page) throw new Error("no page");
  const text = roffOf(page, "1.2.3", "2026-01-02");
  expect(text).toStartWith('.TH "BERTH\\-CONTAINER\\-STOP" "1" "2026-01-02" "Berth 1.2.3"');
  expect(text).toContain("\\fB\\-s, \\-\\-signal string\\fR");
});

test("escapes text that looks like a roff request", () => {
  const sections = [{ title: "X", blocks: [{ kind: "verbatim" as const, text: ".dot\n'quote\nback\\slash" }] }];
  const text = roffOf({ name: "x", section: 1, summary: "y", sections }, "1", "2026-01-02");
  expect(text).toContain("\n\\&.dot\n\\&'quote\nback\\eslash\n");
});
