// Prints the results as a table, or as an object for JSON.
import type { Row } from "./row.ts";
import { median } from "./row.ts";

/** The name of a row's floor among the engines. */
export const FLOOR = "floor";

export interface RowResult {
  name: string;
  unit: Row["unit"];
  /** Median by engine; missing when the row failed on an engine. */
  medians: Record<string, number>;
  samples: Record<string, number[]>;
  /** Why an engine has no median. */
  failures: Record<string, string>;
  /** Berth's median divided by that of the peer: the row's floor or chosen engine, or the best of the others. */
  ratio?: number;
  /** Standard error of the ratio, relative to it, estimated from the ratios of the single rounds. */
  noise?: number;
  budget?: number;
  /** Whether the ratio is within the budget. */
  met?: boolean;
}

export function resultOf(row: Row, samples: Record<string, number[]>, failures: Record<string, string>): RowResult {
  const measured = Object.entries(samples).filter(([, values]) => values.length > 0);
  const medians = Object.fromEntries(measured.map(([name, values]) => [name, median(values)]));
  const peer = peerOf(row, medians);
  const peersMedian = peer === undefined ? undefined : medians[peer];
  const ratio = medians.berth === undefined || peersMedian === undefined ? undefined : medians.berth / peersMedian;
  const noise = peer === undefined ? undefined : noiseOf(samples.berth ?? [], samples[peer] ?? []);
  const met =
    ratio === undefined || row.budget === undefined
      ? undefined
      : row.better === "lower"
        ? ratio <= row.budget
        : ratio >= row.budget;
  return { name: row.name, unit: row.unit, medians, samples, failures, ratio, noise, budget: row.budget, met };
}

/** With whom Berth is compared: undefined when none of them has a median. */
function peerOf(row: Row, medians: Record<string, number>): string | undefined {
  const peers = row.floor ? [FLOOR] : row.against === undefined ? ["docker", "podman"] : [row.against];
  const sign = row.better === "lower" ? 1 : -1;
  const [best] = peers
    .flatMap((name) => (medians[name] === undefined ? [] : [{ name, cost: sign * medians[name] }]))
    .sort((a, b) => a.cost - b.cost);
  return best?.name;
}

/** The standard deviation of a normal distribution, as a multiple of its median absolute deviation. */
const DEVIATION_PER_MAD = 1.4826;
/** The standard error of a median, as a multiple of that of a mean. */
const MEDIAN_ERROR = 1.2533;

function noiseOf(ours: readonly number[], theirs: readonly number[]): number | undefined {
  const ratios = ours.flatMap((value, round) => (theirs[round] ? [value / theirs[round]] : []));
  if (ratios.length < 2) return undefined;
  const middle = median(ratios);
  const deviation = DEVIATION_PER_MAD * median(ratios.map((ratio) => Math.abs(ratio - middle)));
  return (MEDIAN_ERROR * deviation) / Math.sqrt(ratios.length) / middle;
}

/** A row's medians in one line, for progress output. */
export function summaryOf(result: RowResult): string {
  const medians = Object.keys(result.medians).map((engine) => `${engine} ${cell(result, engine)}`);
  return [...medians, ...(result.ratio === undefined ? [] : [`ratio ${result.ratio.toFixed(2)}`])].join(", ");
}

/** One line per row, one column per engine. */
export function tableOf(results: RowResult[], engines: string[]): string {
  const columns = results.some(({ medians }) => medians[FLOOR] !== undefined) ? [...engines, FLOOR] : engines;
  const header = ["work", ...columns, "ratio", "budget", ""];
  const lines = results.map((result) => [
    result.name,
    ...columns.map((column) => cell(result, column)),
    result.ratio === undefined ? "" : result.ratio.toFixed(2),
    result.budget === undefined ? "" : String(result.budget),
    result.met === undefined ? "" : result.met ? "met" : "MISSED",
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const format = (line: string[]) =>
    line
      .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [header, ...lines].map(format).join("\n");
}

function cell(result: RowResult, engine: string): string {
  const value = result.medians[engine];
  if (value === undefined) return result.failures[engine] === undefined ? "" : "failed";
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ${result.unit}`;
}
