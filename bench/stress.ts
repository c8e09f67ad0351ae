// npm run stress: thousands of short runs while every core is busy; each must give back its exact bytes on the right
// stream, and its exit code. For nights: `npm run stress -- --runs 10000 --lanes 4 --client docker`.
import { parseArgs } from "node:util";
import { prepareHost } from "../scripts/setup/host.ts";
import { berth } from "../scripts/setup/program.ts";
import { note, StepError, say, script } from "../scripts/step.ts";
import type { CommandResult } from "../test/support/command.ts";
import { leaked, machineState } from "../test/support/leaks.ts";

await script(async () => {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "10000" },
      lanes: { type: "string", default: "4" },
      client: { type: "string", default: "berth" },
    },
  });
  await prepareHost();
  process.env.BERTH_TEST_EXECUTABLE = berth;
  const { startDaemon } = await import("../test/support/daemon.ts");
  const before = await machineState();
  const daemon = await startDaemon();
  const wrong: string[] = [];
  const load = busyCores();
  try {
    await daemon.importBusybox();
    const runs = Number(values.runs);
    const run = (argv: string[]) => (values.client === "docker" ? daemon.docker(argv) : daemon.berth(argv));
    let next = 0;
    const lane = async () => {
      while (next < runs) {
        const number = next++;
        const complaint = await shortRun(number, run);
        if (complaint) {
          wrong.push(complaint);
          note(complaint);
        }
        if ((number + 1) % 500 === 0) say(`${number + 1} of ${runs} runs, ${wrong.length} wrong`);
      }
    };
    await Promise.all(Array.from({ length: Number(values.lanes) }, lane));
  } finally {
    for (const spinner of load) spinner.kill("SIGKILL");
    await daemon.dispose();
  }
  const left = leaked(before, await machineState());
  if (left.length > 0) wrong.push(`left behind: ${left.join("; ")}`);
  if (wrong.length > 0) throw new StepError(`${wrong.length} of ${values.runs} runs went wrong:\n${wrong.join("\n")}`);
  say(`${values.runs} runs, byte-exact`);
});

type Run = (argv: string[]) => Promise<CommandResult>;

/** One `run --rm`; undefined when everything came back as it should. */
async function shortRun(number: number, run: Run): Promise<string | undefined> {
  const lines = (number * 37) % 400;
  const code = number % 5;
  const shell = `i=0; while [ $i -lt ${lines} ]; do echo "out ${number} $i"; echo "err ${number} $i" >&2; i=$((i+1)); done; exit ${code}`;
  const expected = (stream: string) =>
    Array.from({ length: lines }, (_, line) => `${stream} ${number} ${line}\n`).join("");
  const result = await run(["run", "--rm", "busybox", "sh", "-c", shell]);
  if (result.code !== code) return `run ${number}: exit code ${result.code}, not ${code}: ${result.stderr.slice(-200)}`;
  if (result.stdout !== expected("out"))
    return `run ${number}: stdout has ${result.stdout.length} bytes, not all right`;
  if (result.stderr !== expected("err"))
    return `run ${number}: stderr has ${result.stderr.length} bytes, not all right`;
  return undefined;
}

/** One spinning process for each core. */
function busyCores(): Bun.Subprocess[] {
  return Array.from({ length: navigator.hardwareConcurrency }, () =>
    Bun.spawn(["/bin/busybox", "sh", "-c", "while :; do :; done"], { stdio: ["ignore", "ignore", "ignore"] }),
  );
}
