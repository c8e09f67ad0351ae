// Rows of build cache lists.
import type { BuildCacheRecord } from "../../../api/build.ts";
import type { ListFormat, RowFields } from "../list-format.ts";
import { goTimeOfTimestamp, humanSize, shortId, timeAgo } from "../units.ts";

/** Least recently used first, never used ones before all others. */
export function oldestFirst(records: readonly BuildCacheRecord[]): BuildCacheRecord[] {
  const when = ({ LastUsedAt }: BuildCacheRecord): number => (LastUsedAt === null ? 0 : Date.parse(LastUsedAt));
  return records.toSorted((a, b) => when(a) - when(b) || (a.ID < b.ID ? -1 : 1));
}

/** Bytes of the unshared records. */
export function buildCacheSize(records: readonly BuildCacheRecord[]): number {
  return records.reduce((sum, { Shared, Size }) => (Shared ? sum : sum + Size), 0);
}

export function buildCacheRow(record: BuildCacheRecord, short: boolean): RowFields {
  const { ID, LastUsedAt } = record;
  return {
    ID: () => `${short ? shortId(ID) : ID}${record.InUse ? "*" : ""}`,
    Parent: () => "",
    CacheType: () => record.Type,
    Description: () => record.Description,
    Size: () => humanSize(record.Size, 3),
    CreatedAt: () => goTimeOfTimestamp(record.CreatedAt),
    CreatedSince: () => timeAgo(Date.parse(record.CreatedAt)),
    LastUsedAt: () => (LastUsedAt === null ? "" : goTimeOfTimestamp(LastUsedAt)),
    LastUsedSince: () => (LastUsedAt === null ? "" : timeAgo(Date.parse(LastUsedAt))),
    UsageCount: () => String(record.UsageCount),
    InUse: () => String(record.InUse),
    Shared: () => String(record.Shared),
  };
}

export const buildCacheList: ListFormat<BuildCacheRecord> = {
  typeName: "*formatter.buildCacheContext",
  columns: ["ID", "CacheType", "Size", "CreatedSince", "LastUsedSince", "UsageCount", "Shared"],
  headers: {
    ID: "CACHE ID",
    Parent: "PARENT",
    CacheType: "CACHE TYPE",
    Size: "SIZE",
    CreatedSince: "CREATED",
    LastUsedSince: "LAST USED",
    UsageCount: "USAGE",
    InUse: "IN USE",
    Shared: "SHARED",
    Description: "DESCRIPTION",
  },
  row: (record) => buildCacheRow(record, true),
};
