// What an engine costs while nothing happens: the memory of its own processes, shared pages counted by share (PSS).
import { readFileSync } from "node:fs";
import type { BenchEngine } from "../engine.ts";
import type { Row } from "../row.ts";

const CONTAINERS = 20;
const names = Array.from({ length: CONTAINERS }, (_, index) => `idle-${index}`);

export const memoryRows: Row[] = [
  {
    name: "engine memory, idle",
    unit: "MiB",
    better: "lower",
    budget: 0.6,
    against: "docker",
    rounds: 3,
    measure: (engine) => memory(engine),
  },
  {
    name: "memory per idle container",
    unit: "MiB",
    better: "lower",
    budget: 1,
    against: "podman",
    rounds: 3,
    measure: async (engine) => {
      const before = memory(engine);
      for (const name of names) engine.run(["run", "-d", "--name", name, "busybox", "sleep", "1000000"]);
      await Bun.sleep(1_000);
      const after = memory(engine);
      engine.remove(names);
      return (after - before) / CONTAINERS;
    },
  },
];

/** PSS of the engine's processes, in MiB. */
function memory(engine: BenchEngine): number {
  const kilobytes = engine.processes().map((pid) => {
    try {
      return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
  return kilobytes.reduce((sum, value) => sum + value, 0) / 1024;
}
