// The engine's view of build cache entries for front ends.

export interface CacheEntry {
  id: string;
  /** The result of a step, a directory of `RUN --mount=type=cache`, or the previous version of a context. */
  type: "regular" | "exec.cachemount" | "source.local";
  description: string;
  inUse: boolean;
  /** Whether its bytes are those of an image as well. */
  shared: boolean;
  /** Bytes. */
  size: number;
  /** RFC 3339. */
  createdAt: string;
  lastUsedAt: string | undefined;
  usageCount: number;
}
