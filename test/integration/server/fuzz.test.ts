// Unusual requests to every route: always a response with a message, never a crash or a 500.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { oddities, outcomesOf, TARGET, VICTIM } from "../../support/oddities.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(() => daemon.dispose());

async function haveContainer(name: string): Promise<void> {
  const made = await daemon.request("POST", `/containers/create?name=${name}`, { Image: "busybox", Cmd: ["true"] });
  expect(made.status).toBeOneOf([201, 409]);
}

test.each(Object.entries(oddities))(
  "odd %s",
  async (_, attempts) => {
    await haveContainer(VICTIM);
    await haveContainer(TARGET);
    const outcomes = await outcomesOf(daemon.socket, attempts());
    expect(outcomes.flatMap(({ complaint }) => complaint ?? [])).toEqual([]);
    expect((await daemon.request("GET", "/_ping")).ok).toBe(true);
    expect(daemon.log).not.toContain("that nobody");
  },
  240_000,
);
