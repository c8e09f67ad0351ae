// npm test: sets up the machine as `npm start` does, then runs all checks and test suites. The last line has the
// numbers of passed, failed and skipped tests. `npm test -- integration cli` runs only those suites.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leaked, machineState } from "../test/support/leaks.ts";
import type { Skipped } from "./check/skipped.ts";
import { add, none, runSuite } from "./check/suite.ts";
import { conclude, runChecks } from "./check.ts";
import { fetchDebianDocker, fetchDocker, installNodeClients } from "./setup/clients.ts";
import { prepareHost } from "./setup/host.ts";
import { installPackages, testPackages } from "./setup/packages.ts";
import { berth } from "./setup/program.ts";
import { note, say, script } from "./step.ts";

const MINUTE = 60_000;

/** Each suite's folder below test/ and its time limit. */
const suites = [
  { name: "unit", deadline: 3 * MINUTE },
  { name: "integration", deadline: 40 * MINUTE },
  { name: "cli", deadline: 20 * MINUTE },
  { name: "ui", deadline: 8 * MINUTE },
  { name: "clients", deadline: 15 * MINUTE },
];

await script(async () => {
  const wanted = process.argv.slice(2);
  await prepareHost();
  await installPackages(testPackages);
  await installNodeClients();
  const docker = await fetchDocker();
  await fetchDebianDocker();
  const env = { BERTH_TEST_EXECUTABLE: berth, PATH: `${docker}:${process.env.PATH}` };

  let counts = wanted.length === 0 ? await runChecks() : none;
  const skipped: Skipped[] = [];
  for (const { name, deadline } of suites) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    say(`${name} tests`);
    const before = await machineState();
    const directory = mkdtempSync(join(tmpdir(), "bt-"));
    chmodSync(directory, 0o1777);
    const outcome = await runSuite(name, { deadline, env: { ...env, TMPDIR: directory } });
    counts = add(counts, outcome);
    skipped.push(...outcome.skippedTests);
    const left = leaked(before, await machineState(), { directory, pid: outcome.pid });
    if (left.length === 0) rmSync(directory, { recursive: true, force: true });
    if (left.length === 0) continue;
    console.error(`the ${name} tests left behind:\n  ${left.join("\n  ")}`);
    counts = add(counts, { ...none, failed: 1 });
  }
  listSkipped(skipped);
  conclude(counts);
});

function listSkipped(skipped: readonly Skipped[]): void {
  if (skipped.length > 0) say("skipped tests");
  for (const { file, tests, requirements } of skipped) {
    note(`${file}: ${requirements.length > 0 ? `this machine lacks ${requirements.join(", ")}` : "no reason given"}`);
    for (const test of tests) note(`  ${test}`);
  }
}
