// The ratios of every run of the benchmark, one JSON object a line, and how the last run compares with those before it.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { program, StepError } from "../scripts/step.ts";
import type { RowResult } from "./report.ts";
import { median } from "./row.ts";
import { rows } from "./rows/index.ts";

const runSchema = v.object({
  /** RFC 3339. */
  date: v.string(),
  commit: v.string(),
  machine: v.string(),
  ratios: v.record(v.string(), v.object({ ratio: v.number(), noise: v.optional(v.number()) })),
});

export type BenchRun = v.InferOutput<typeof runSchema>;

const path = join(import.meta.dir, "history.jsonl");

/** Runs are compared with those of the same kind of machine only. */
function machine(): string {
  const processors = cpus();
  return `${processors.length} × ${processors[0]?.model.trim() ?? "unknown"}, Linux ${release().split("-")[0]}`;
}

export async function appendToHistory(results: readonly RowResult[]): Promise<void> {
  const commit = await program(["git", "-C", import.meta.dir, "describe", "--always", "--dirty", "--exclude=*"]);
  const measured = results.flatMap(({ name, ratio, noise }) =>
    ratio === undefined
      ? []
      : [[name, { ratio: rounded(ratio), ...(noise === undefined ? {} : { noise: rounded(noise) }) }] as const],
  );
  if (measured.length === 0) return;
  const run: BenchRun = {
    date: new Date().toISOString(),
    commit: commit.code === 0 ? commit.output.trim() : "",
    machine: machine(),
    ratios: Object.fromEntries(measured),
  };
  appendFileSync(path, `${JSON.stringify(run)}\n`);
}

const rounded = (value: number): number => Number(value.toPrecision(3));

function history(): BenchRun[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => v.parse(runSchema, JSON.parse(line)));
}

/** A change counts from this many standard errors on, and never below the smallest change. */
const STANDARD_ERRORS = 3;
const MIN_CHANGE = 0.05;

/** Compares the last run with the earlier ones on the same machine, row by row. */
export function comparison(): { lines: string[]; worse: number } {
  const runs = history();
  const last = runs.at(-1);
  if (last === undefined) throw new StepError(`${path} has no run yet`);
  const earlier = runs.slice(0, -1).filter((run) => run.machine === last.machine);
  const lines: string[] = [];
  let worse = 0;
  for (const row of rows) {
    const now = last.ratios[row.name];
    const before = earlier.flatMap(({ ratios }) => ratios[row.name] ?? []);
    if (now === undefined || before.length === 0) continue;
    const change = changeOf(now, before, row.better);
    if (change.verdict === "worse") worse++;
    lines.push(`${row.name}: ${change.before} → ${now.ratio} (${change.verdict})`);
  }
  return { lines, worse };
}

type Ratio = BenchRun["ratios"][string];

/** Compares a ratio with the median of earlier ones. */
export function changeOf(
  now: Ratio,
  before: readonly Ratio[],
  better: "lower" | "higher",
): { before: number; verdict: "better" | "same" | "worse" } {
  const usual = median(before.map(({ ratio }) => ratio));
  const growth = better === "lower" ? now.ratio / usual - 1 : usual / now.ratio - 1;
  const noise = Math.hypot(now.noise ?? 0, median(before.map((each) => each.noise ?? 0)));
  const threshold = Math.max(MIN_CHANGE, STANDARD_ERRORS * noise);
  return { before: usual, verdict: growth > threshold ? "worse" : growth < -threshold ? "better" : "same" };
}
