// Control service: disk usage and pruning of the build cache.
import type { CacheEntry } from "../../engine/index.ts";
import { Control, type PruneRequest } from "../../grpc/proto/buildkit/control_pb.ts";
import { type Method, serverStream, unary } from "../../grpc/service.ts";
import { timestampOf } from "../../grpc/timestamps.ts";
import { type Fields, filterOf } from "./filters.ts";

/** The engine's build cache. */
export interface BuildCache {
  records(): Promise<CacheEntry[]>;
  /** Removes unused records and returns their ids. */
  prune(request: CachePruneRequest): Promise<string[]>;
}

export interface CachePruneRequest {
  /** The records that may be removed. */
  ids: readonly string[];
  /** Bytes: minimum to keep, maximum to use, minimum free disk space; 0 is unlimited. */
  reservedSpace: number;
  maxUsedSpace: number;
  minFreeSpace: number;
}

const NANOSECONDS = 1_000_000;

export function cacheMethods(cache: BuildCache): Method[] {
  const { method } = Control;
  return [
    unary(method.diskUsage, async ({ filter }) => {
      const matches = filterOf(filter);
      const records = await cache.records();
      return { record: records.filter((record) => matches(fieldsOf(record))).map(usageRecord) };
    }),
    serverStream(method.prune, (request) => prune(cache, request)),
  ];
}

async function* prune(cache: BuildCache, request: PruneRequest) {
  const matches = filterOf(request.filter);
  const newest = Date.now() - Number(request.keepDuration) / NANOSECONDS;
  const candidates = (await cache.records()).filter(
    (record) => !record.inUse && matches(fieldsOf(record)) && lastUsed(record) <= newest,
  );
  const gone = new Set(
    await cache.prune({
      ids: candidates.map(({ id }) => id),
      reservedSpace: Number(request.reservedSpace),
      maxUsedSpace: Number(request.maxUsedSpace),
      minFreeSpace: Number(request.minFreeSpace),
    }),
  );
  for (const record of candidates) if (gone.has(record.id)) yield usageRecord(record);
}

const lastUsed = ({ lastUsedAt, createdAt }: CacheEntry): number => Date.parse(lastUsedAt ?? createdAt);

function usageRecord(record: CacheEntry) {
  return {
    ID: record.id,
    Mutable: record.type === "exec.cachemount",
    InUse: record.inUse,
    Size: BigInt(record.size),
    CreatedAt: timestampOf(Date.parse(record.createdAt)),
    ...(record.lastUsedAt === undefined ? {} : { LastUsedAt: timestampOf(Date.parse(record.lastUsedAt)) }),
    UsageCount: BigInt(record.usageCount),
    Description: record.description,
    RecordType: record.type,
    Shared: record.shared,
  };
}

function fieldsOf({ id, type, description, inUse, shared }: CacheEntry): Fields {
  const flag = (isSet: boolean): string | undefined => (isSet ? "" : undefined);
  const fields: Readonly<Record<string, string | undefined>> = {
    id,
    type,
    description,
    inuse: flag(inUse),
    mutable: flag(type === "exec.cachemount"),
    immutable: flag(type !== "exec.cachemount"),
    shared: flag(shared),
    private: flag(!shared),
  };
  return (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined);
}
