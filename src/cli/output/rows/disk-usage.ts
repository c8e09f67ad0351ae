// Rows of `system df`: one per object type.
import type { DiskUsageAnswer } from "../../../api/system.ts";
import type { ListFormat } from "../list-format.ts";
import { humanSize } from "../units.ts";
import { buildCacheSize } from "./build-cache.ts";

export interface UsageRow {
  type: string;
  total: number;
  active: number;
  size: number;
  reclaimable: number;
  /** Whether to show the percentage, too. */
  withShare: boolean;
}

const headers = {
  Type: "TYPE",
  TotalCount: "TOTAL",
  Active: "ACTIVE",
  Size: "SIZE",
  Reclaimable: "RECLAIMABLE",
};

const ACTIVE_STATES = ["running", "paused", "restarting"];

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function imageRow({ Images, LayersSize = 0 }: DiskUsageAnswer): UsageRow {
  const images = Images ?? [];
  const active = images.filter(({ Containers }) => Containers > 0);
  const measured = images.filter(
    ({ Containers, SharedSize, Size }) => Containers !== 0 && SharedSize !== -1 && Size !== -1,
  );
  const used = sum(measured.map(({ Size, SharedSize }) => Size - SharedSize));
  return {
    type: "Images",
    total: images.length,
    active: active.length,
    size: LayersSize,
    reclaimable: LayersSize - used,
    withShare: true,
  };
}

function containerRow({ Containers }: DiskUsageAnswer): UsageRow {
  const containers = Containers ?? [];
  const isActive = (state: string) => ACTIVE_STATES.some((active) => state.includes(active));
  return {
    type: "Containers",
    total: containers.length,
    active: containers.filter(({ State }) => isActive(State)).length,
    size: sum(containers.map(({ SizeRw = 0 }) => SizeRw)),
    reclaimable: sum(containers.filter(({ State }) => !isActive(State)).map(({ SizeRw = 0 }) => SizeRw)),
    withShare: true,
  };
}

function volumeRow({ Volumes }: DiskUsageAnswer): UsageRow {
  const usages = (Volumes ?? []).map(({ UsageData }) => UsageData ?? { Size: -1, RefCount: 0 });
  const known = usages.filter(({ Size }) => Size !== -1);
  return {
    type: "Local Volumes",
    total: usages.length,
    active: usages.filter(({ RefCount }) => RefCount > 0).length,
    size: sum(known.map(({ Size }) => Size)),
    reclaimable: sum(known.filter(({ RefCount }) => RefCount === 0).map(({ Size }) => Size)),
    withShare: true,
  };
}

function buildCacheRow({ BuildCache }: DiskUsageAnswer): UsageRow {
  const records = BuildCache ?? [];
  const size = buildCacheSize(records);
  const used = records.filter(({ InUse }) => InUse);
  return {
    type: "Build Cache",
    total: records.length,
    active: used.length,
    size,
    reclaimable: size - buildCacheSize(used),
    withShare: false,
  };
}

export function usageRows(usage: DiskUsageAnswer): UsageRow[] {
  return [imageRow(usage), containerRow(usage), volumeRow(usage), buildCacheRow(usage)];
}

function reclaimableText({ size, reclaimable, withShare }: UsageRow): string {
  const text = humanSize(reclaimable);
  return withShare && size > 0 ? `${text} (${Math.trunc((reclaimable * 100) / size)}%)` : text;
}

export const usageList: ListFormat<UsageRow> = {
  typeName: "*formatter.diskUsageImagesContext",
  raw: "type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n",
  columns: ["Type", "TotalCount", "Active", "Size", "Reclaimable"],
  headers,
  row: (row) => ({
    Type: () => row.type,
    TotalCount: () => String(row.total),
    Active: () => String(row.active),
    Size: () => humanSize(row.size),
    Reclaimable: () => reclaimableText(row),
  }),
};
