// npm run stress: first a hundred storms, each of which kills the daemon while four clients use it; the next daemon
// must find consistent records and kernel state. Then thousands of short runs with all CPUs busy, checked byte by byte,
// while two clients start, stop and remove the same containers; the daemon must not use more resources than before.
// Overnight: `npm run stress -- --runs 10000 --lanes 4 --client docker`, or for a fixed time: `--minutes 30 --spinners
// 0`. Only storms: `npm run stress -- --rounds 1000 --runs 0`; repeat a run with `--seed NUMBER`.
import { parseArgs } from "node:util";
import { prepareHost } from "../../scripts/setup/host.ts";
import { berth } from "../../scripts/setup/program.ts";
import { note, StepError, say, script } from "../../scripts/step.ts";
import { leaked, machineState } from "../../test/support/leaks.ts";
import { type Contention, contend, removeContended } from "./contention.ts";
import { described, type Footprint, footprintOf, growth } from "./footprint.ts";
import { type Run, shortRun } from "./short-runs.ts";

/** Warm-up runs; the daemon's resources afterwards are the baseline. */
const WARM_UP_RUNS = 100;
const CONTENDING_CLIENTS = 2;
const SETTLING_MILLISECONDS = 30_000;

await script(async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "100" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      runs: { type: "string", default: "10000" },
      minutes: { type: "string" },
      lanes: { type: "string", default: "4" },
      client: { type: "string", default: "berth" },
      spinners: { type: "string", default: String(navigator.hardwareConcurrency) },
    },
  });
  await prepareHost();
  process.env.BERTH_TEST_EXECUTABLE = berth;
  await storms(Number(values.seed), Number(values.rounds));
  if (values.minutes === undefined && Number(values.runs) === 0) return;
  const { startDaemon } = await import("../../test/support/daemon.ts");
  const before = await machineState();
  const daemon = await startDaemon();
  const wrong: string[] = [];
  const load = busyCores(Number(values.spinners));
  const run: Run = (argv) => (values.client === "docker" ? daemon.docker(argv) : daemon.berth(argv));
  let done = 0;
  try {
    await daemon.importBusybox();
    const lanes = async (isOver: (number: number) => boolean) => {
      const lane = async () => {
        while (!isOver(done)) {
          const complaint = await shortRun(done++, run);
          if (complaint) {
            wrong.push(complaint);
            note(complaint);
          }
          if (done % 500 === 0) say(`${done} runs, ${wrong.length} wrong, ${described(footprintOf(daemon.pid))}`);
        }
      };
      await Promise.all(Array.from({ length: Number(values.lanes) }, lane));
    };
    const seen: Contention = { answers: 0, failures: new Set() };
    const work = async (isOver: (number: number) => boolean) => {
      let lanesAreOver = false;
      const contending = Array.from({ length: CONTENDING_CLIENTS }, () => contend(daemon, () => lanesAreOver, seen));
      await lanes(isOver);
      lanesAreOver = true;
      await Promise.all(contending);
      await removeContended(daemon);
    };
    await work((number) => number >= WARM_UP_RUNS);
    const warm = await settled(daemon.pid);
    say(`warm: ${described(warm)}`);

    const end = values.minutes === undefined ? undefined : Date.now() + Number(values.minutes) * 60_000;
    await work((number) => (end === undefined ? number >= Number(values.runs) : Date.now() > end));
    wrong.push(...seen.failures);
    say(`${seen.answers} answers to contending clients, ${seen.failures.size} kinds of failure`);

    const last = await settled(daemon.pid, warm);
    say(`in the end: ${described(last)}`);
    wrong.push(...growth(warm, last));
  } finally {
    for (const spinner of load) spinner.kill("SIGKILL");
    await daemon.dispose();
  }
  const left = leaked(before, await machineState(), { directory: daemon.directory, pid: process.pid });
  if (left.length > 0) wrong.push(`left behind: ${left.join("; ")}`);
  if (wrong.length > 0) throw new StepError(`${wrong.length} things of ${done} runs went wrong:\n${wrong.join("\n")}`);
  say(`${done} runs, byte-exact`);
});

async function storms(seed: number, rounds: number): Promise<void> {
  if (rounds === 0) return;
  say(`${rounds} storms of seed ${seed}`);
  // The module reads the executable's path when loaded.
  const { storm } = await import("../../test/support/storm/storm.ts");
  const { wrong } = await storm(seed, rounds, note);
  if (wrong.length > 0) throw new StepError(wrong.join("\n"));
  say(`${rounds} storms, records and kernel in agreement`);
}

/** The idle daemon's resources, after closing sockets and exiting workers are gone. */
async function settled(pid: number, wanted?: Footprint): Promise<Footprint> {
  const deadline = Date.now() + SETTLING_MILLISECONDS;
  for (;;) {
    await Bun.sleep(wanted ? 1_000 : 5_000);
    const found = footprintOf(pid);
    if (!wanted || growth(wanted, found).length === 0 || Date.now() > deadline) return found;
  }
}

/** Busy processes, to provoke race conditions. */
function busyCores(count: number): Bun.Subprocess[] {
  return Array.from({ length: count }, () =>
    Bun.spawn(["/bin/busybox", "sh", "-c", "while :; do :; done"], { stdio: ["ignore", "ignore", "ignore"] }),
  );
}
