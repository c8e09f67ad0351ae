// Which platforms serve which: what an index is searched by, and what is said of an image that is for another.
import { BerthError } from "../../api/errors.ts";
import { formatPlatform, hostPlatform, normalArchitecture, type Platform } from "../../api/platforms.ts";

/** The variants an architecture runs, the best first: those older than its own, too. */
function runnableVariants({ architecture, variant }: Platform): string[] {
  if (architecture === "arm") {
    const newest = Number((variant ?? "v7").slice(1)) || 7;
    return Array.from({ length: Math.max(newest - 4, 0) }, (_, index) => `v${newest - index}`);
  }
  if (architecture === "arm64") return [variant ?? "v8", "v8", ""];
  if (architecture === "amd64") return [variant ?? "", "v1", ""];
  return [variant ?? ""];
}

/** How well `candidate` serves `wanted`: 0 is best, undefined not at all. */
export function platformRank(wanted: Platform, candidate: Platform): number | undefined {
  if (candidate.os !== wanted.os || normalArchitecture(candidate.architecture) !== wanted.architecture)
    return undefined;
  const variants = runnableVariants(wanted);
  const variant = candidate.variant ?? (wanted.architecture === "arm" ? "v7" : "");
  const rank = variants.indexOf(variant);
  return rank === -1 ? undefined : rank;
}

/**
 * An image is of one platform.
 * @param wanted as the client asked for it; undefined is any
 * @throws BerthError notFound when the image is of another
 */
export function requirePlatform(reference: string, image: Platform, wanted: Platform | undefined): void {
  if (wanted === undefined || platformRank(wanted, image) !== undefined) return;
  throw new BerthError(
    "notFound",
    `image with reference ${reference} was found but its platform (${formatPlatform(image)}) does not match the specified platform (${formatPlatform(wanted)})`,
  );
}

/** What to say of an image of another platform than this host's to someone who asked for none. */
export function platformWarnings(image: Platform): string[] {
  if (platformRank(hostPlatform, image) !== undefined) return [];
  const host = formatPlatform(hostPlatform);
  return [
    `The requested image's platform (${formatPlatform(image)}) does not match the detected host platform (${host}) and no specific platform was requested`,
  ];
}
