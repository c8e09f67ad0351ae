// What the engine adds to the price of the bare work: to crun's, and to the start of the client.
import { CrunBundle, crunExec } from "../crun.ts";
import type { BenchEngine } from "../engine.ts";
import { type Floor, type Row, timed, timedAsync } from "../row.ts";

const RUNS = 20;
const WIDTH = 8;
const idle = ["busybox", "sleep", "1000000"];
const nameOf = (round: number) => `floor-${round}`;

/** The start and the end of the client, with everything that a command of its kind loads but without an engine. */
const clientStart: Floor = { measure: (engine) => timed(() => engine.run(["version", "--client"])) };

export const floorRows: Row[] = [
  runRow("none", 2.5),
  runRow("bridge", 2.8),
  {
    name: "run -d, against version --client",
    unit: "ms",
    better: "lower",
    budget: 3.2,
    rounds: 15,
    floor: clientStart,
    measure: (engine, round) => removing(engine, round, ["run", "-d"]),
  },
  {
    name: "create, against version --client",
    unit: "ms",
    better: "lower",
    budget: 1.4,
    rounds: 25,
    floor: clientStart,
    measure: (engine, round) => removing(engine, round, ["create"]),
  },
  execRow(),
  manyRunsRow(),
];

function removing(engine: BenchEngine, round: number, verb: string[]): number {
  const duration = timed(() => engine.run([...verb, "--name", nameOf(round), ...idle]));
  engine.remove([nameOf(round)]);
  return duration;
}

function runRow(network: "none" | "bridge", budget: number): Row {
  const argv = ["run", "--rm", "--network", network, "busybox", "true"];
  const donor = `floor-${network}`;
  let bundle: CrunBundle | undefined;
  return {
    name: `run --rm IMAGE true, network ${network}, against crun run`,
    unit: "ms",
    better: "lower",
    budget,
    rounds: 25,
    floor: {
      prepare: (engine) => {
        bundle = CrunBundle.of(engine, donor, ["--network", network]);
      },
      measure: () => timed(() => bundle?.run()),
    },
    measure: (engine) => timed(() => engine.run(argv)),
    cleanup: (engine) => engine.remove([donor]),
  };
}

function execRow(): Row {
  const name = "floor-exec";
  let id = "";
  return {
    name: "exec C true, against crun exec",
    unit: "ms",
    better: "lower",
    budget: 2,
    rounds: 25,
    prepare: (engine) => {
      id = engine.run(["run", "-d", "--name", name, ...idle]).trim();
    },
    floor: { measure: (engine) => timed(() => crunExec(engine, id, ["true"])) },
    measure: (engine) => timed(() => engine.run(["exec", name, "true"])),
    cleanup: (engine) => engine.remove([name]),
  };
}

function manyRunsRow(): Row {
  const donor = "floor-many";
  let bundle: CrunBundle | undefined;
  return {
    name: `${RUNS} runs, ${WIDTH} at a time, against crun run`,
    unit: "ms",
    better: "lower",
    budget: 2,
    rounds: 5,
    floor: {
      prepare: (engine) => {
        bundle = CrunBundle.of(engine, donor, []);
      },
      measure: () => timedAsync(() => sideBySide(async () => bundle?.start().exited)),
    },
    measure: (engine) => {
      const run = () => engine.start(["run", "--rm", "busybox", "true"]).exited;
      return timedAsync(() => sideBySide(run));
    },
    cleanup: (engine) => engine.remove([donor]),
  };
}

async function sideBySide(run: () => Promise<number | undefined>): Promise<void> {
  let left = RUNS;
  const lane = async () => {
    while (left-- > 0) {
      const code = await run();
      if (code !== 0) throw new Error(`a run exited with ${code}`);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
}
