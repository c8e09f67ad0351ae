// What the prune commands have in common: their filters, the question, what they removed, and what they would remove.
import type { PrunePlan, PrunePlanItem } from "../api/prune.ts";
import type { Berth, Filters } from "../client/index.ts";
import { inColumns } from "./output/columns.ts";
import { humanSize, shortId } from "./output/units.ts";
import { whileWaiting } from "./output/waiting-line.ts";
import type { Session } from "./session.ts";
import { confirm } from "./terminal/prompt.ts";

export type PlanColumn = "ID" | "NAME" | "SIZE";

/** What one kind of object lost. */
export interface Pruned {
  /** "Deleted Containers:" and what follows; "" when nothing was removed. */
  text: string;
  /** Bytes; undefined where none are counted. */
  reclaimed: number | undefined;
}

/** One kind of object that can be pruned. */
export interface Pruner {
  /** "container" */
  kind: string;
  /** What of a planned removal is shown. */
  columns: readonly PlanColumn[];
  prune(berth: Berth, filters: Filters): Promise<Pruned>;
  plan(berth: Berth, filters: Filters): Promise<PrunePlan>;
}

/** One kind with the filters that count for it. */
export interface PruneStep {
  pruner: Pruner;
  filters: Filters;
}

/** A heading and one line each, with the empty line after them; nothing for nothing. */
export function deletedText(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${heading}\n${lines.map((line) => `${line}\n`).join("")}\n`;
}

/** The filters of the command line and, where they do not contradict them, those of config.json. */
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

/** Asks unless it is forced. */
export async function mayPrune(session: Session, force: boolean, warning: string): Promise<boolean> {
  return force || confirm(session, `${warning}\nAre you sure you want to continue?`);
}

/** Prunes one kind after the other, then prints what was removed and, where sizes are counted, how much came free. */
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

/** Shows what each would remove; removes nothing. */
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
