// npm run bench -- --trace: where the milliseconds of a run go, phase by phase, as the daemon's debug log has them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchEngine } from "./engine.ts";
import { median, timed } from "./row.ts";

const RUNS = 20;
const TRACED = / debug container (started|ended) container=\S+ (.*)$/gm;

/** Runs a short container some times on a daemon that logs at debug level; the medians in milliseconds, one line each. */
export async function tracedRuns(engine: BenchEngine): Promise<string[]> {
  const whole: number[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const duration = timed(() => engine.run(["run", "--rm", "busybox", "echo", "hello"]));
    if (run > 0) whole.push(duration);
  }
  const log = readFileSync(join(engine.directory, "log"), "utf8");
  const phases = new Map<string, number[]>();
  for (const [, moment = "", fields = ""] of log.matchAll(TRACED)) {
    for (const [, phase = "", milliseconds] of fields.matchAll(/(\w+)=([\d.]+)/g)) {
      const name = phase === "total" ? `all until ${moment}` : phase;
      phases.set(name, [...(phases.get(name) ?? []), Number(milliseconds)]);
    }
  }
  const rows = [
    ...[...phases].map(([name, values]) => [name, median(values)] as const),
    ["whole client", median(whole)] as const,
  ];
  return rows.map(([name, value]) => `${name.padEnd(20)} ${value.toFixed(2).padStart(8)} ms`);
}
