// The builder's part of daemon.json: how much the build cache may keep, and what steps may be allowed.
import { statfsSync } from "node:fs";
import { BerthError } from "../../api/errors.ts";
import type { BuildCachePolicy, BuildEntitlements } from "../../engine/index.ts";
import type { Settings } from "./options.ts";

type Builder = NonNullable<Settings["builder"]>;
type Size = string | number;

/** Shares of the disk. */
const DEFAULT_RESERVED_SHARE = 0.1;
const DEFAULT_MAX_USED_SHARE = 0.6;
const DEFAULT_MIN_FREE_SHARE = 0.2;

/** @throws BerthError invalidParameter */
export function buildCachePolicies(
  { gc = {} }: Builder,
  dataRoot: string,
  bytesOf: (size: Size) => number,
): BuildCachePolicy[] {
  if (gc.enabled === false) return [];
  const sizeOf = (size: Size | undefined, fallback: number): number => (size === undefined ? fallback : bytesOf(size));
  if (gc.policy !== undefined) {
    return gc.policy.map(({ all, filter, keepStorage, reservedSpace, maxUsedSpace, minFreeSpace }) => ({
      all: all ?? false,
      filters: filter ?? [],
      reservedSpace: sizeOf(reservedSpace ?? keepStorage, 0),
      maxUsedSpace: sizeOf(maxUsedSpace, 0),
      minFreeSpace: sizeOf(minFreeSpace, 0),
    }));
  }
  const disk = diskSize(dataRoot);
  return [
    {
      all: true,
      filters: [],
      reservedSpace: sizeOf(gc.defaultReservedSpace ?? gc.defaultKeepStorage, disk * DEFAULT_RESERVED_SHARE),
      maxUsedSpace: sizeOf(gc.defaultMaxUsedSpace, disk * DEFAULT_MAX_USED_SHARE),
      minFreeSpace: sizeOf(gc.defaultMinFreeSpace, disk * DEFAULT_MIN_FREE_SHARE),
    },
  ];
}

export function buildEntitlements({ entitlements = {} }: Builder): BuildEntitlements {
  return {
    networkHost: entitlements["network-host"] ?? true,
    securityInsecure: entitlements["security-insecure"] ?? false,
  };
}

/** Bytes of the file system that the data root will lie on. */
function diskSize(dataRoot: string): number {
  for (let path = dataRoot; ; path = path.slice(0, path.lastIndexOf("/"))) {
    try {
      const { blocks, bsize } = statfsSync(path || "/");
      return blocks * bsize;
    } catch (thrown) {
      if (path === "") throw new BerthError("internal", "the root file system has no size", thrown);
    }
  }
}
