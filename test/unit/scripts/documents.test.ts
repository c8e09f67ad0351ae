import { expect, test } from "bun:test";
import { linksOf } from "../../../scripts/check/documents.ts";

test("linksOf takes the links that stay in the repository", () => {
  const markdown = [
    "[a](docs/a.md) and [b](../b.md#part), [c](#here), [d](https://example.org/x.md).",
    "`[code](not-a-link.md)`",
    "```",
    "[block](neither.md)",
    "```",
  ].join("\n");
  expect(linksOf(markdown)).toEqual(["docs/a.md", "../b.md"]);
});
