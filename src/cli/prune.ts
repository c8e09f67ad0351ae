// Shared by the prune commands: filters, confirmation, report and dry run.
import type { PrunePlan, PrunePlanItem } from "../api/prune.ts";
import type { Berth, Filters } from "../client/index.ts";
import { inColumns } from "./output/columns.ts";
import { humanSize, shortId } from "./output/units.ts";
import { whileWaiting } from "./output/waiting-line.ts";
import type { Session } from "./session.ts";
import { confirm } from "./terminal/prompt.ts";

export type PlanColumn = "ID" | "NAME" | "SIZE";

/** The result for one object type. */
export interface Pruned {
  /** "Deleted Containers:" and the names; "" when nothing was removed. */
  text: string;
  /** Bytes; undefined when the type has no size. */
  reclaimed: number | undefined;
}

/** An object type that can be pruned. */
export interface Pruner {
  /** "container" */
  kind: string;
  /** The text that a dry run shows for an object. */
  columns: readonly PlanColumn[];
  prune(berth: Berth, filters: Filters): Promise<Pruned>;
  plan(berth: Berth, filters: Filters): Promise<PrunePlan>;
}

/** One object type with the filters that apply to it. */
export interface PruneStep {
  pruner: Pruner;
  filters: Filters;
}

/** A heading, one line per item and an empty line; "" for an empty list. */
export function deletedText(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${heading}\n${lines.map((line) => `${line}\n`).join("")}\n`;
}

/** The filters from the command line, and those from config.json that do not conflict with them. */
export async function pruneFilters(session: Session, given: Filters): Promise<Filters> {
  const { pruneFilters: configured = [] } = await session.configuration();
  const merged: Record<string, readonly string[]> = { ...given };
  for (const filter of configured) {
    const [key = "", value] = filter.split(/=(.*)/s);
    if (value === undefined) continue;
    const opposite = key === "label" ? "label!" : key === "label!" ? "label" : undefined;
    if (opposite !== undefined && given[opposite]?.includes(value)) continue;
    merged[key] = [...new Set([...(merged[key] ?? []), value])];
  }
  return merged;
}

/** Asks for confirmation unless --force is given. */
export async function mayPrune(session: Session, force: boolean, warning: string): Promise<boolean> {
  return force || confirm(session, `${warning}\nAre you sure you want to continue?`);
}

/** Prunes the types in order, then prints the removed objects and the reclaimed space. */
export async function carryOut(session: Session, steps: readonly PruneStep[]): Promise<void> {
  const berth = await session.berth();
  const pruned: Pruned[] = [];
  for (const { pruner, filters } of steps) {
    pruned.push(await whileWaiting(session.stderr, `Removing ${pruner.kind}s`, pruner.prune(berth, filters)));
  }
  await session.stdout.write(pruned.map(({ text }) => text).join(""));
  const counted = pruned.flatMap(({ reclaimed }) => reclaimed ?? []);
  if (counted.length === 0) return;
  const total = counted.reduce((sum, bytes) => sum + bytes, 0);
  await session.stdout.line(`Total reclaimed space: ${humanSize(total)}`);
}

function cellOf(column: PlanColumn, { ID, Name, Size }: PrunePlanItem): string {
  switch (column) {
    case "ID":
      return shortId(ID.replace(/^partial:/, ""));
    case "NAME":
      return Name || "<none>";
    case "SIZE":
      return humanSize(Size, 3);
  }
}

function planText({ kind, columns }: Pruner, items: readonly PrunePlanItem[]): string {
  const lines = items.map((item) => columns.map((column) => cellOf(column, item)));
  const table = inColumns([columns, ...lines].map((cells) => `${cells.join("\t")}\n`).join(""));
  return `Would remove ${items.length} ${kind}${items.length === 1 ? "" : "s"}:\n${table}\n`;
}

/** Dry run: shows what would be removed. */
export async function showPlans(session: Session, steps: readonly PruneStep[]): Promise<void> {
  const berth = await session.berth();
  let total = 0;
  for (const { pruner, filters } of steps) {
    const { Items } = await pruner.plan(berth, filters);
    total += Items.reduce((sum, { Size }) => sum + Size, 0);
    await session.stdout.write(Items.length === 0 ? `Would remove no ${pruner.kind}s.\n` : planText(pruner, Items));
  }
  if (steps.some(({ pruner }) => pruner.columns.includes("SIZE"))) {
    await session.stdout.line(`Space that would be reclaimed: ${humanSize(total)}`);
  }
}
