// npm run fuzz: sends the same unusual requests to Berth and Docker and compares the responses. `npm run fuzz --
// --engines docker --show 20` prints the first 20 complaints about each engine.
import { parseArgs } from "node:util";
import { prepareHost } from "../scripts/setup/host.ts";
import { berth } from "../scripts/setup/program.ts";
import { note, StepError, say, script } from "../scripts/step.ts";
import type { TestDaemon } from "../test/support/daemon.ts";
import { type Outcome, oddities, outcomesOf, TARGET, VICTIM } from "../test/support/oddities.ts";

await script(async () => {
  const { values } = parseArgs({
    options: {
      engines: { type: "string", default: "berth,docker" },
      show: { type: "string", default: "0" },
      // Internal: this script runs itself once per engine, which the environment of the process selects.
      engine: { type: "string" },
    },
  });
  if (values.engine !== undefined) {
    await fuzz(values.engine, Number(values.show));
    return;
  }
  await prepareHost();
  for (const engine of values.engines.split(",")) {
    const child = Bun.spawn([process.execPath, import.meta.path, "--engine", engine, "--show", values.show], {
      env: { ...process.env, BERTH_TEST_EXECUTABLE: berth, BERTH_TEST_ENGINE: engine },
      stdio: ["ignore", "inherit", "inherit"],
    });
    if ((await child.exited) !== 0) throw new StepError(`${engine} could not be fuzzed`);
  }
});

async function fuzz(engine: string, shown: number): Promise<void> {
  const { startDaemon } = await import("../test/support/daemon.ts");
  await using daemon = await startDaemon();
  await daemon.importBusybox();
  const outcomes: Outcome[] = [];
  for (const [title, attempts] of Object.entries(oddities)) {
    for (const name of [VICTIM, TARGET]) await haveContainer(daemon, name);
    const found = await outcomesOf(daemon.socket, attempts());
    note(`${engine}, odd ${title}: ${summary(found)}`);
    outcomes.push(...found);
  }
  const complaints = outcomes.flatMap(({ complaint }) => complaint ?? []);
  for (const complaint of complaints.slice(0, shown)) note(complaint.replaceAll("\n", " "));
  const answer = await daemon.request("GET", "/_ping").catch(() => undefined);
  say(`${engine}: ${summary(outcomes)}; ${answer?.ok ? "it still answers" : "IT NO LONGER ANSWERS"}`);
}

/** The container may already exist, or one of that name may still be being removed. */
async function haveContainer(daemon: TestDaemon, name: string): Promise<void> {
  await daemon.request("POST", `/containers/create?name=${name}`, { Image: "busybox", Cmd: ["true"] });
}

function summary(outcomes: readonly Outcome[]): string {
  const count = (matches: (status: number) => boolean) =>
    outcomes.filter(({ status }) => status !== undefined && matches(status)).length;
  return [
    `${outcomes.length} requests`,
    `${count((status) => status >= 200 && status < 400)} done`,
    `${count((status) => status >= 400 && status < 500)} refused`,
    `${count((status) => status > 500)} not there`,
    `${outcomes.filter(({ status }) => status === undefined).length} waiting`,
    `${count((status) => status === 500)} answered 500`,
    `${count((status) => status === 0)} broken off`,
    `${outcomes.filter(({ complaint }) => complaint !== undefined).length} complaints`,
  ].join(", ");
}
