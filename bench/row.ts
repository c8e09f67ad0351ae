// A row of the benchmark: one workload, measured in the same way on every engine.
import type { BenchEngine } from "./engine.ts";

export interface Row {
  name: string;
  unit: "ms" | "s" | "MiB" | "MB/s" | "1/s";
  /** Whether lower or higher is better. */
  better: "lower" | "higher";
  /** Limit of Berth's value divided by the best of the others: a maximum, or a minimum if higher is better. */
  budget?: number;
  /** Bare work to compare with instead of other engines: only Berth runs such a row, alternating with this. */
  floor?: Floor;
  /** The engine to compare with, if not the best of the others. */
  against?: "docker" | "podman";
  /** Number of measured rounds; an unmeasured warm-up round precedes them. */
  rounds: number;
  /** Runs before the first round: setup shared by all rounds. */
  prepare?(engine: BenchEngine): Promise<void> | void;
  /** One measurement in the row's unit. `round` starts at 0 and is unique per engine. */
  measure(engine: BenchEngine, round: number): Promise<number> | number;
  /** Runs after the last round. */
  cleanup?(engine: BenchEngine): Promise<void> | void;
}

/** What the machine needs for a row's work without an engine. It is called with Berth's, for its place and its files. */
export type Floor = Pick<Row, "prepare" | "measure">;

/** The median of a non-empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The duration of `work` in milliseconds. */
export function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Like {@link timed}, for asynchronous work. */
export async function timedAsync(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
