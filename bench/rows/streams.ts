// Container output and input: through the log, and through an attached client.
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchEngine } from "../engine.ts";
import { type Row, timedAsync } from "../row.ts";

const MEGABYTES = 200;
/** Number of 100-byte lines. */
const lines = ["sh", "-c", `yes ${"0123456789".repeat(10).slice(1)} | head -c ${MEGABYTES}000000`];

const rate = (milliseconds: number) => (MEGABYTES * 1000) / milliseconds;

async function succeeds(started: { exited: Promise<number> }): Promise<void> {
  const code = await started.exited;
  if (code !== 0) throw new Error(`exited with ${code}`);
}

const input = (engine: BenchEngine) => join(tmpdir(), `berth-bench-input-${process.pid}-${engine.name}`);

const LINES = "lines";

async function writeLines(engine: BenchEngine): Promise<void> {
  engine.run(["run", "-d", "--name", LINES, "busybox", ...lines]);
  await succeeds(engine.start(["wait", LINES]));
}

/** `logs` of a container that has written all its lines. */
function readRow(what: string, options: string[], row: Pick<Row, "unit" | "budget" | "rounds">): Row {
  return {
    name: `200 MB of log lines, ${what}`,
    better: "lower",
    against: "docker",
    ...row,
    prepare: writeLines,
    measure: async (engine) => {
      const argv = ["logs", ...options, LINES];
      const duration = await timedAsync(() => succeeds(engine.start(argv, { discard: true })));
      return row.unit === "s" ? duration / 1000 : duration;
    },
    cleanup: (engine) => engine.remove([LINES]),
  };
}

function outputRow(name: string, options: string[], budget: number): Row {
  return {
    name,
    unit: "MB/s",
    better: "higher",
    budget,
    rounds: 3,
    measure: async (engine) => {
      const argv = ["run", "--rm", ...options, "busybox", ...lines];
      return rate(await timedAsync(() => succeeds(engine.start(argv, { discard: true }))));
    },
  };
}

export const streamRows: Row[] = [
  {
    name: "200 MB of log lines, written",
    unit: "s",
    better: "lower",
    budget: 1,
    rounds: 3,
    measure: async (engine, round) => {
      const name = `lines-${round}`;
      const duration = await timedAsync(async () => {
        engine.run(["run", "-d", "--name", name, "busybox", ...lines]);
        await succeeds(engine.start(["wait", name]));
      });
      engine.remove([name]);
      return duration / 1000;
    },
  },
  readRow("read", [], { unit: "s", budget: 0.3, rounds: 3 }),
  readRow("the last 100 read", ["--tail", "100"], { unit: "ms", budget: 0.4, rounds: 9 }),
  outputRow("attached client, output", [], 1.5),
  outputRow("attached client, output without a log", ["--log-driver", "none"], 1),
  {
    name: "attached client, input",
    unit: "MB/s",
    better: "higher",
    budget: 1.5,
    rounds: 3,
    prepare: async (engine) => {
      await Bun.write(input(engine), Buffer.alloc(MEGABYTES * 1_000_000, "0123456789"));
    },
    measure: async (engine) => {
      const argv = ["run", "--rm", "-i", "busybox", "sh", "-c", "cat > /dev/null"];
      return rate(await timedAsync(() => succeeds(engine.start(argv, { input: input(engine) }))));
    },
    cleanup: (engine) => rmSync(input(engine)),
  },
];
