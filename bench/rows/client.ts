// The fixed cost of a command: the client's start, and the simplest request.
import type { BenchEngine } from "../engine.ts";
import { type Row, timed } from "../row.ts";

const names = (count: number) => Array.from({ length: count }, (_, index) => `idle-${index}`);

export const clientRows: Row[] = [
  {
    name: "client start (--version)",
    unit: "ms",
    better: "lower",
    budget: 0.6,
    rounds: 25,
    measure: (engine) => timed(() => engine.run(["--version"])),
  },
  {
    name: "ps",
    unit: "ms",
    better: "lower",
    budget: 0.5,
    against: "docker",
    rounds: 25,
    measure: (engine) => timed(() => engine.run(["ps"])),
  },
  {
    name: "ps -a of 200",
    unit: "ms",
    better: "lower",
    budget: 0.6,
    rounds: 15,
    prepare: (engine: BenchEngine) => {
      for (const name of names(200)) engine.run(["create", "--name", name, "busybox", "true"]);
    },
    measure: (engine) => timed(() => engine.run(["ps", "-a"])),
    cleanup: (engine) => {
      engine.run(["rm", ...names(200)]);
    },
  },
];
