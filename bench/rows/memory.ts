// Memory of the engine's own processes, idle and peak; shared pages count proportionally (PSS).
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchEngine } from "../engine.ts";
import { writeHugeToRegistry } from "../image.ts";
import { plainly, REGISTRY, registryIsInstalled, startRegistry } from "../registry.ts";
import type { Row } from "../row.ts";

const CONTAINERS = 20;
/** Until an engine that has just worked is idle. */
const SETTLING_MILLISECONDS = 3_000;
const SAMPLE_MILLISECONDS = 50;
const names = Array.from({ length: CONTAINERS }, (_, index) => `idle-${index}`);

export const memoryRows: Row[] = [
  {
    name: "engine memory, idle",
    unit: "MiB",
    better: "lower",
    budget: 0.45,
    against: "docker",
    rounds: 3,
    measure: settledMemoryOf,
  },
  {
    name: "memory per idle container",
    unit: "MiB",
    better: "lower",
    budget: 1,
    against: "podman",
    rounds: 3,
    measure: async (engine) => {
      const before = await settledMemoryOf(engine);
      for (const name of names) engine.run(["run", "-d", "--name", name, "busybox", "sleep", "1000000"]);
      const after = await settledMemoryOf(engine);
      engine.remove(names);
      return (after - before) / CONTAINERS;
    },
  },
  ...(registryIsInstalled() ? [peakRow()] : []),
];

/** Peak memory of an engine and its helpers while pulling a layer of 2 GB. */
function peakRow(): Row {
  let directory = "";
  let users = 0;
  return {
    name: "peak memory, pull of a 2 GB layer",
    unit: "MiB",
    better: "lower",
    rounds: 1,
    prepare: () => {
      if (users++ > 0) return;
      directory = mkdtempSync(join(tmpdir(), "bench-huge-"));
      writeHugeToRegistry(directory, "bench/huge");
    },
    measure: async (engine) => {
      const stop = await startRegistry(engine.namespace, directory);
      const name = `${REGISTRY}/bench/huge:huge`;
      try {
        const { exited } = engine.start(["pull", "-q", ...plainly(engine), name]);
        const peak = await highestMemory(engine, exited);
        engine.run(["rmi", name]);
        return peak;
      } finally {
        await stop();
      }
    },
    cleanup: () => {
      if (--users === 0) rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The highest value until a program has ended. @throws when that fails */
export async function highestMemory(engine: BenchEngine, end: Promise<number>): Promise<number> {
  let [peak, hasEnded] = [0, false];
  const code = end.finally(() => {
    hasEnded = true;
  });
  while (!hasEnded) {
    peak = Math.max(peak, memoryOf(engine));
    await Bun.sleep(SAMPLE_MILLISECONDS);
  }
  if ((await code) !== 0) throw new Error("the program failed");
  return peak;
}

async function settledMemoryOf(engine: BenchEngine): Promise<number> {
  await Bun.sleep(SETTLING_MILLISECONDS);
  return memoryOf(engine);
}

/** PSS of the engine's processes, in MiB. */
export function memoryOf(engine: BenchEngine): number {
  const kilobytes = engine.processes().map((pid) => {
    try {
      return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
  return kilobytes.reduce((sum, value) => sum + value, 0) / 1024;
}
