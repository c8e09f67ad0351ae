// The build cache: results of steps and the directories of `RUN --mount=type=cache`, listed and pruned.
import { statfsSync } from "node:fs";
import { formatTimestamp } from "../../../api/time.ts";
import type { LayerUsage } from "../../images/images.ts";
import type { CacheEntry } from "./entry.ts";
import type { CacheRecord, CacheRecords } from "./records.ts";

/** Bytes; 0 is unlimited. Source: moby/buildkit, cache/manager.go (calculateKeepBytes). */
export interface CacheBounds {
  /** Space that is never pruned. */
  reservedSpace: number;
  /** Maximum space to use. */
  maxUsedSpace: number;
  /** Free disk space to maintain. */
  minFreeSpace: number;
}

export const noBounds: CacheBounds = { reservedSpace: 0, maxUsedSpace: 0, minFreeSpace: 0 };

export interface CachePruneRequest extends CacheBounds {
  /** Selects what may be removed; entries in use are never removed. */
  ids: readonly string[];
}

/** The cache's directories. */
export interface CacheDirectories {
  list(): Promise<CacheEntry[]>;
  isUsed(id: string): boolean;
  remove(id: string): Promise<void>;
}

export interface BuildCacheOptions {
  mounts: CacheDirectories;
  trees: CacheDirectories;
  records: CacheRecords;
  /** The directory of the cache. */
  dataRoot: string;
  images: {
    /** Undefined when the layer does not exist any more. */
    layerUsage(layer: number): LayerUsage | undefined;
    /** Removes the images that no record needs. */
    forgetUncached(): number;
  };
  /** Whether a build uses an image. */
  isUsed(imageId: string): boolean;
}

export class BuildCache {
  private readonly options: BuildCacheOptions;

  constructor(options: BuildCacheOptions) {
    this.options = options;
  }

  /** All entries, the oldest first. */
  async list(): Promise<CacheEntry[]> {
    const { mounts, trees, records } = this.options;
    const results = records.all().map((record) => this.describe(record));
    return [...results, ...(await mounts.list()), ...(await trees.list())];
  }

  /** Removes the least recently used entries until the bounds are met; returns the removed ones. */
  async prune({ ids, ...bounds }: CachePruneRequest): Promise<CacheEntry[]> {
    const wanted = new Set(ids);
    const all = await this.list();
    let total = all.reduce((sum, { size, shared }) => sum + (shared ? 0 : size), 0);
    const kept = this.bytesToKeep(total, bounds);
    const removed: CacheEntry[] = [];
    for (const record of this.oldestFirst(all.filter(({ id, inUse }) => wanted.has(id) && !inUse))) {
      if (kept > 0 && total <= kept) break;
      if (!(await this.remove(record))) continue;
      removed.push(record);
      if (!record.shared) total -= record.size;
    }
    this.options.images.forgetUncached();
    return removed;
  }

  private async remove({ id, type }: CacheEntry): Promise<boolean> {
    const { mounts, trees, records, isUsed } = this.options;
    if (type !== "regular") {
      const directories = type === "exec.cachemount" ? mounts : trees;
      if (directories.isUsed(id)) return false;
      await directories.remove(id);
      return true;
    }
    const record = records.get(id);
    if (record === undefined || (record.imageId !== undefined && isUsed(record.imageId))) return false;
    records.remove(record);
    return true;
  }

  /** 0: nothing has to be kept. */
  private bytesToKeep(total: number, { reservedSpace, maxUsedSpace, minFreeSpace }: CacheBounds): number {
    if (reservedSpace === 0 && maxUsedSpace === 0 && minFreeSpace === 0) return 0;
    const { bavail, bsize } = statfsSync(this.options.dataRoot);
    const missing = minFreeSpace - bavail * bsize;
    const most = maxUsedSpace === 0 ? total : maxUsedSpace;
    const allowed = missing > 0 ? Math.min(most, total - missing) : most;
    // One byte instead of 0, which would mean unlimited.
    return Math.max(allowed, reservedSpace, 1);
  }

  /** Prunes a step before its parents: without them it could never be found. */
  private oldestFirst(records: readonly CacheEntry[]): CacheEntry[] {
    const layers = new Map(this.options.records.all().map(({ id, layer }) => [id, layer ?? 0]));
    const when = ({ lastUsedAt, createdAt }: CacheEntry): number => Date.parse(lastUsedAt ?? createdAt);
    // A build uses all its steps at nearly the same time: the later layer is then the one built on the other.
    const minute = (record: CacheEntry): number => Math.floor(when(record) / 60_000);
    return [...records].sort(
      (one, other) => minute(one) - minute(other) || (layers.get(other.id) ?? 0) - (layers.get(one.id) ?? 0),
    );
  }

  private describe(record: CacheRecord): CacheEntry {
    const { images, isUsed } = this.options;
    const { id, imageId, layer, description, createdAt, lastUsedAt, usageCount } = record;
    const usage = layer === undefined ? undefined : images.layerUsage(layer);
    return {
      id,
      type: "regular",
      description,
      inUse: imageId !== undefined && isUsed(imageId),
      shared: usage?.isListed ?? false,
      size: usage?.size ?? 0,
      createdAt: formatTimestamp(BigInt(createdAt) * NANOSECONDS),
      lastUsedAt: formatTimestamp(BigInt(lastUsedAt) * NANOSECONDS),
      usageCount,
    };
  }
}

const NANOSECONDS = 1_000_000n;
