// The columns of what containers use; each cell follows the samples by itself.
import type { ContainerSummary } from "../../../api/containers.ts";
import { bytes } from "../parts/format.ts";
import { usages } from "./meter.ts";
import type { Usage } from "./usage.ts";

export const kinds = {
  processor: { of: ({ processor }: Usage) => processor, format: (value: number) => `${value.toFixed(1)} %` },
  memory: { of: ({ memory }: Usage) => memory, format: bytes },
} as const;
export type UsageKind = keyof typeof kinds;

/** The sum over containers; undefined when none of them is measured. */
export function totalOf(kind: UsageKind, containers: readonly ContainerSummary[]): number | undefined {
  const found = containers.map(({ Id }) => usages.value.get(Id)).filter((usage) => usage !== undefined);
  return found.length === 0 ? undefined : found.reduce((sum, usage) => sum + kinds[kind].of(usage), 0);
}

export function UsageCell({ kind, containers }: { kind: UsageKind; containers: readonly ContainerSummary[] }) {
  const total = totalOf(kind, containers);
  return total === undefined ? <span class="quiet">–</span> : <span class="figure">{kinds[kind].format(total)}</span>;
}
