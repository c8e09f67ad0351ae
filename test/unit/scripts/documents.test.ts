import { expect, test } from "bun:test";
import { linksOf, namedFilesOf } from "../../../scripts/check/documents.ts";

test("linksOf returns the links within the repository", () => {
  const markdown = [
    "[a](docs/a.md) and [b](../b.md#part), [c](#here), [d](https://example.org/x.md).",
    "`[code](not-a-link.md)`",
    "```",
    "[block](neither.md)",
    "```",
  ].join("\n");
  expect(linksOf(markdown)).toEqual(["docs/a.md", "../b.md"]);
});

test("namedFilesOf returns paths from the repository's root, not patterns", () => {
  const markdown = "`src/main.ts`, `test/unit`, `test/unit/*.ts`, `https://example.org/src/main.ts`, src/main.ts";
  expect(namedFilesOf(markdown)).toEqual(["src/main.ts", "test/unit"]);
});
