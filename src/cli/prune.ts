// What the prune commands have in common: their filters, the question, what they removed, and what they would remove.
import type { PrunePlan } from "../api/prune.ts";
import type { Berth, Filters } from "../client/index.ts";
import { CommandError } from "./failure.ts";
import { inColumns } from "./output/columns.ts";
import { humanSize, shortId } from "./output/units.ts";
import type { Session } from "./session.ts";
import { confirm } from "./terminal/prompt.ts";

/** What one kind of object lost. */
export interface Pruned {
  /** "Deleted Containers:" and what follows; "" when nothing was removed. */
  text: string;
  /** Bytes; undefined where none are counted. */
  reclaimed: number | undefined;
}

/** One kind of object that can be pruned. */
export interface Pruner {
  /** "containers" */
  kind: string;
  prune(berth: Berth, filters: Filters): Promise<Pruned>;
  plan(berth: Berth, filters: Filters): Promise<PrunePlan>;
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

/** Prints what was removed and, where sizes are counted, how much came free. */
export async function reportPruned(session: Session, pruned: readonly Pruned[]): Promise<void> {
  await session.stdout.write(pruned.map(({ text }) => text).join(""));
  const counted = pruned.flatMap(({ reclaimed }) => reclaimed ?? []);
  if (counted.length === 0) return;
  const total = counted.reduce((sum, bytes) => sum + bytes, 0);
  await session.stdout.line(`Total reclaimed space: ${humanSize(total)}`);
}

/** Only Berth knows plans; another engine would take the request for an order. @throws CommandError */
async function requireBerth(berth: Berth): Promise<void> {
  const { Platform } = await berth.system.version();
  if (Platform?.Name === "Berth") return;
  throw new CommandError("--dry-run needs a Berth engine: this one would remove what it is only asked about");
}

/** Shows what each would remove; removes nothing. */
export async function showPlans(
  session: Session,
  pruners: readonly { pruner: Pruner; filters: Filters }[],
): Promise<void> {
  const berth = await session.berth();
  await requireBerth(berth);
  let total = 0;
  for (const { pruner, filters } of pruners) {
    const { Items } = await pruner.plan(berth, filters);
    if (Items.length === 0) {
      await session.stdout.line(`Would remove no ${pruner.kind}.`);
      continue;
    }
    total += Items.reduce((sum, { Size }) => sum + Size, 0);
    const lines = Items.map(({ ID, Name, Size }) => `${shortId(ID)}\t${Name || "<none>"}\t${humanSize(Size, 3)}\n`);
    await session.stdout.write(
      `Would remove ${Items.length} ${pruner.kind}:\n${inColumns(`ID\tNAME\tSIZE\n${lines.join("")}`)}\n`,
    );
  }
  await session.stdout.line(`Space that would be reclaimed: ${humanSize(total)}`);
}
