// The paths of the page's ignore rules are those of node:path.
import { expect, test } from "bun:test";
import { posix } from "node:path";
import { dirname, normalize } from "../../../src/client/posix-path.ts";

const names = ["a", "b.c", ".", "..", "", "**", "a b", "[x]"];
const paths = [
  "",
  "/",
  "//",
  ...names.flatMap((one) => names.flatMap((two) => names.flatMap((three) => joined(one, two, three)))),
];

/** The names as a relative, an absolute and a directory's path. */
function joined(...parts: string[]): string[] {
  const path = parts.join("/");
  return [path, `/${path}`, `${path}/`];
}

test("normalize and dirname", () => {
  for (const path of paths) {
    expect([path, normalize(path)]).toEqual([path, posix.normalize(path)]);
    expect([path, dirname(path)]).toEqual([path, posix.dirname(path)]);
  }
});
