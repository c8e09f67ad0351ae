import { expect, test } from "bun:test";
import { formatJsonLine, formatLine } from "../../../src/server/log.ts";
import { mistakesIn } from "../../support/daemon.ts";

test("finds only unhandled errors in a daemon's log, in both formats", () => {
  for (const format of [formatLine, formatJsonLine]) {
    const line = (level: string, message: string) => format(new Date(), level, message, { error: new Error("x") });
    const mistakes = [line("error", "uncaught exception"), line("error", "unhandled rejection")];
    const others = [line("error", "a request failed"), line("info", "uncaught exception")];
    expect(mistakesIn([...others, ...mistakes].join("\n"))).toEqual(mistakes);
  }
});
