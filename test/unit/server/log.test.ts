// The form of the daemon's log lines.
import { expect, test } from "bun:test";
import { DaemonLog, formatJsonLine, formatLine } from "../../../src/server/log.ts";

const time = new Date("2026-11-21T09:00:00.123Z");

test.each([
  [{}, ""],
  [{ id: "abc", n: 5, ok: true }, " id=abc n=5 ok=true"],
  [{ text: "two words" }, ' text="two words"'],
  [{ text: 'a"b' }, ' text="a\\"b"'],
  [{ text: "a\nlevel=error" }, ' text="a\\nlevel=error"'],
  [{ text: "\x1b[31m" }, ' text="\\u001b[31m"'],
  [{ text: "" }, ' text=""'],
  [{ list: ["a", 1] }, ' list="[\\"a\\",1]"'],
  [{ none: undefined }, " none=undefined"],
])("fields %j", (fields, text) => {
  expect(formatLine(time, "info", "hello", fields)).toBe(`2026-11-21T09:00:00.123Z info hello${text}`);
});

test("a bigint field", () => {
  expect(formatLine(time, "info", "hello", { at: 7n })).toEndWith(" hello at=7");
});

test("a message stays on its line", () => {
  expect(formatLine(time, "warn", "one\r\ntwo\nthree")).toBe("2026-11-21T09:00:00.123Z warn one two three");
});

test("as JSON", () => {
  const fields = { id: "abc", n: 5, at: 7n, error: new Error("broken") };
  const line = formatJsonLine(time, "error", "it\nfailed", fields);
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    ...{ time: "2026-11-21T09:00:00.123Z", level: "error", msg: "it\nfailed", id: "abc", n: 5, at: "7" },
    error: expect.stringContaining("broken"),
  });
});

test("omits levels below its own; the level can be changed", () => {
  const lines: string[] = [];
  const log = new DaemonLog("warn", (line) => lines.push(line));
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.level = "debug";
  log.debug("d");
  expect(lines.map((line) => line.slice(25))).toEqual(["warn c\n", "debug d\n"]);
});
