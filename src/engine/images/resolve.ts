// From a reference to the one manifest of the wanted platform, through whatever indexes lead there.
import { BerthError } from "../../api/errors.ts";
import { formatPlatform, type Platform } from "../../api/platforms.ts";
import type { FetchedManifest, IndexEntry, Manifest } from "../../registry/manifest.ts";
import { platformRank } from "./platform.ts";

/** An index in an index in an index is the most that is followed. */
const DEEPEST_INDEX = 3;

export interface ResolvedImage {
  manifest: Manifest;
  /** All that was read on the way, the first what the reference names, the last the manifest itself. */
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

/** The entry that serves the platform best; the first of equals, undefined without any. */
export function bestOf(entries: readonly IndexEntry[], platform: Platform): IndexEntry | undefined {
  let best: { entry: IndexEntry; rank: number } | undefined;
  for (const entry of entries) {
    const rank = entry.platform ? platformRank(platform, entry.platform) : undefined;
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = { entry, rank };
  }
  // An index of one image need not say what it is for.
  const [only, ...more] = entries;
  return !best && only && more.length === 0 && !only.platform ? only : best?.entry;
}

/** As {@link bestOf}. @throws BerthError notFound without any */
export function choose(entries: readonly IndexEntry[], platform: Platform): IndexEntry {
  const best = bestOf(entries, platform);
  if (best) return best;
  throw new BerthError("notFound", `no matching manifest for ${formatPlatform(platform)} in the manifest list entries`);
}
