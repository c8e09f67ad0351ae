// Resolves a reference to the manifest for a platform, through indexes.
import { BerthError } from "../../api/errors.ts";
import { formatPlatform, type Platform } from "../../api/platforms.ts";
import type { FetchedManifest, IndexEntry, Manifest } from "../../registry/manifest.ts";
import { platformRank } from "./platform.ts";

/** Maximum nesting of indexes. */
const DEEPEST_INDEX = 3;

export interface ResolvedImage {
  manifest: Manifest;
  /** The fetched indexes and, last, the manifest. */
  fetched: FetchedManifest[];
}

/** Where manifests are read from, by tag or digest. */
export interface ManifestSource {
  manifest(reference: string): Promise<FetchedManifest>;
}

/** @throws BerthError notFound when there is none for the platform */
export async function resolveImage(
  source: ManifestSource,
  reference: string,
  platform: Platform,
): Promise<ResolvedImage> {
  const fetched: FetchedManifest[] = [];
  for (let wanted = reference; fetched.length <= DEEPEST_INDEX; ) {
    const found = await source.manifest(wanted);
    fetched.push(found);
    if (found.content.type === "image") return { manifest: found.content.manifest, fetched };
    wanted = choose(found.content.index.manifests, platform).digest;
  }
  throw new BerthError("internal", "too many indexes lead to one another");
}

/** The entry that matches the platform best; the first of equal ones, undefined without a match. */
export function bestOf(entries: readonly IndexEntry[], platform: Platform): IndexEntry | undefined {
  let best: { entry: IndexEntry; rank: number } | undefined;
  for (const entry of entries) {
    const rank = entry.platform ? platformRank(platform, entry.platform) : undefined;
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = { entry, rank };
  }
  // An index of one image may omit the platform.
  const [only, ...more] = entries;
  return !best && only && more.length === 0 && !only.platform ? only : best?.entry;
}

/** Like {@link bestOf}. @throws BerthError notFound without a match */
export function choose(entries: readonly IndexEntry[], platform: Platform): IndexEntry {
  const best = bestOf(entries, platform);
  if (best) return best;
  throw new BerthError("notFound", `no matching manifest for ${formatPlatform(platform)} in the manifest list entries`);
}
