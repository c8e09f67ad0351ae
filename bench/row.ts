// A row of the benchmark: one kind of work, measured in the same way on every engine.
import type { BenchEngine } from "./engine.ts";

export interface Row {
  name: string;
  unit: "ms" | "s" | "MiB" | "MB/s" | "1/s";
  /** Which way is good. */
  better: "lower" | "higher";
  /** Berth's value divided by the better of the others' must not be above (higher is better: below) this. */
  budget?: number;
  /** Whom the budget is against, where it is not the better of the others. */
  against?: "docker" | "podman";
  /** Measured rounds; one more comes first and does not count. */
  rounds: number;
  /** Runs before the first round, for what every round uses. */
  prepare?(engine: BenchEngine): Promise<void> | void;
  /** One measurement, in the row's unit. `round` counts from 0 and is never the same twice for an engine. */
  measure(engine: BenchEngine, round: number): Promise<number> | number;
  /** Runs after the last round. */
  cleanup?(engine: BenchEngine): Promise<void> | void;
}

/** The median of a list that is not empty. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Milliseconds that `work` takes. */
export function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** As {@link timed}, for work that waits. */
export async function timedAsync(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
