// Control service: disk usage and pruning of the build cache.
import type { BuildCacheRecord } from "../../api/build.ts";
import { Control, type PruneRequest } from "../../grpc/proto/buildkit/control_pb.ts";
import { type Method, serverStream, unary } from "../../grpc/service.ts";
import { timestampOf } from "../../grpc/timestamps.ts";
import { type Fields, filterOf } from "./filters.ts";

/** The engine's build cache. */
export interface BuildCache {
  records(): Promise<BuildCacheRecord[]>;
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
    (record) => !record.InUse && matches(fieldsOf(record)) && lastUsed(record) <= newest,
  );
  const gone = new Set(
    await cache.prune({
      ids: candidates.map(({ ID }) => ID),
      reservedSpace: Number(request.reservedSpace),
      maxUsedSpace: Number(request.maxUsedSpace),
      minFreeSpace: Number(request.minFreeSpace),
    }),
  );
  for (const record of candidates) if (gone.has(record.ID)) yield usageRecord(record);
}

const lastUsed = ({ LastUsedAt, CreatedAt }: BuildCacheRecord): number => Date.parse(LastUsedAt ?? CreatedAt);

function usageRecord(record: BuildCacheRecord) {
  return {
    ID: record.ID,
    Mutable: record.Type === "exec.cachemount",
    InUse: record.InUse,
    Size: BigInt(record.Size),
    CreatedAt: timestampOf(Date.parse(record.CreatedAt)),
    ...(record.LastUsedAt === null ? {} : { LastUsedAt: timestampOf(Date.parse(record.LastUsedAt)) }),
    UsageCount: BigInt(record.UsageCount),
    Description: record.Description,
    RecordType: record.Type,
    Shared: record.Shared,
  };
}

function fieldsOf({ ID, Type, Description, InUse, Shared }: BuildCacheRecord): Fields {
  const flag = (isSet: boolean): string | undefined => (isSet ? "" : undefined);
  const fields: Readonly<Record<string, string | undefined>> = {
    id: ID,
    type: Type,
    description: Description,
    inuse: flag(InUse),
    mutable: flag(Type === "exec.cachemount"),
    immutable: flag(Type !== "exec.cachemount"),
    shared: flag(Shared),
    private: flag(!Shared),
  };
  return (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined);
}
