// The resource usage columns; each cell subscribes to the samples itself.
import type { ContainerSummary } from "../../../api/containers.ts";
import { bytes } from "../parts/format.ts";
import { usages } from "./meter.ts";
import type { Usage } from "./usage.ts";

export const kinds = {
  processor: { of: ({ processor }: Usage) => processor, format: (value: number) => `${value.toFixed(1)} %` },
  memory: { of: ({ memory }: Usage) => memory, format: bytes },
} as const;
export type UsageKind = keyof typeof kinds;

/** The sum over containers; undefined without any sample. */
export function totalOf(kind: UsageKind, containers: readonly ContainerSummary[]): number | undefined {
  const found = containers.map(({ Id }) => usages.value.get(Id)).filter((usage) => usage !== undefined);
  return found.length === 0 ? undefined : found.reduce((sum, usage) => sum + kinds[kind].of(usage), 0);
}

export function UsageCell({ kind, containers }: { kind: UsageKind; containers: readonly ContainerSummary[] }) {
  const total = totalOf(kind, containers);
  return total === undefined ? <span class="quiet">–</span> : <span class="figure">{kinds[kind].format(total)}</span>;
}
