// Renders the build cache as Docker's `system df` does.
import type { BuildCacheRecord } from "../api/build.ts";
import type { CacheEntry } from "../engine/index.ts";

export function dockerCacheRecord(entry: CacheEntry): BuildCacheRecord {
  return {
    ID: entry.id,
    Type: entry.type,
    Description: entry.description,
    InUse: entry.inUse,
    Shared: entry.shared,
    Size: entry.size,
    CreatedAt: entry.createdAt,
    LastUsedAt: entry.lastUsedAt ?? null,
    UsageCount: entry.usageCount,
  };
}
