// Prints the results as a table, or as an object for JSON.
import type { Row } from "./row.ts";
import { median } from "./row.ts";

export interface RowResult {
  name: string;
  unit: Row["unit"];
  /** Median by engine; missing when the row failed on an engine. */
  medians: Record<string, number>;
  samples: Record<string, number[]>;
  /** Why an engine has no median. */
  failures: Record<string, string>;
  /** Berth's median divided by the best of the others, or by that of the row's chosen engine. */
  ratio?: number;
  budget?: number;
  /** Whether the ratio is within the budget. */
  met?: boolean;
}

export function resultOf(row: Row, samples: Record<string, number[]>, failures: Record<string, string>): RowResult {
  const measured = Object.entries(samples).filter(([, values]) => values.length > 0);
  const medians = Object.fromEntries(measured.map(([name, values]) => [name, median(values)]));
  const rivals = row.against === undefined ? ["docker", "podman"] : [row.against];
  const others = rivals.flatMap((name) => medians[name] ?? []);
  const best = row.better === "lower" ? Math.min(...others) : Math.max(...others);
  const ratio = medians.berth === undefined || others.length === 0 ? undefined : medians.berth / best;
  const met =
    ratio === undefined || row.budget === undefined
      ? undefined
      : row.better === "lower"
        ? ratio <= row.budget
        : ratio >= row.budget;
  return { name: row.name, unit: row.unit, medians, samples, failures, ratio, budget: row.budget, met };
}

/** A row's medians in one line, for progress output. */
export function summaryOf(result: RowResult): string {
  const medians = Object.keys(result.medians).map((engine) => `${engine} ${cell(result, engine)}`);
  return [...medians, ...(result.ratio === undefined ? [] : [`ratio ${result.ratio.toFixed(2)}`])].join(", ");
}

/** One line per row, one column per engine. */
export function tableOf(results: RowResult[], engines: string[]): string {
  const header = ["work", ...engines, "ratio", "budget", ""];
  const lines = results.map((result) => [
    result.name,
    ...engines.map((engine) => cell(result, engine)),
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
