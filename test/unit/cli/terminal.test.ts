// Detach keys: read from their notation and found in what is typed, however it is cut into pieces.
import { describe, expect, test } from "bun:test";
import { DetachFilter, parseDetachKeys } from "../../../src/cli/terminal/detach-keys.ts";

describe("the notation", () => {
  test.each([
    ["", [16, 17]],
    ["ctrl-p,ctrl-q", [16, 17]],
    ["ctrl-a,d", [1, 100]],
    ["a", [97]],
    ["DEL", [127]],
    ["ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", [0, 27, 28, 29, 30, 31]],
  ])("%s", (notation, keys) => {
    expect(parseDetachKeys(notation)).toEqual(keys);
  });

  test.each(["foo", "ctrl-", "ctrl-ä", "a,,b"])("rejects %s", (notation) => {
    expect(() => parseDetachKeys(notation)).toThrow("Unknown character: ");
  });
});

describe("the sequence", () => {
  const feed = (...chunks: string[]) => {
    const filter = new DetachFilter(parseDetachKeys("ctrl-p,ctrl-q"));
    let forwarded = "";
    for (const chunk of chunks) {
      const { forward, detached } = filter.feed(Buffer.from(chunk));
      forwarded += Buffer.from(forward).toString();
      if (detached) return { forwarded, detached };
    }
    return { forwarded, detached: false };
  };

  test.each([
    [["ab"], "ab", false],
    [["\x10\x11"], "", true],
    [["a\x10", "\x11b"], "a", true],
    [["\x10x"], "\x10x", false],
    [["\x10", "x"], "\x10x", false],
    [["\x10\x10\x11"], "\x10", true],
    [["\x11\x10"], "\x11", false],
    [["ls\r", "\x10", "\x11"], "ls\r", true],
  ])("%j", (chunks, forwarded, detached) => {
    expect(feed(...chunks)).toEqual({ forwarded, detached });
  });
});
