// Matches platforms: selection from an index, and warnings about images of another platform.
import { BerthError } from "../../api/errors.ts";
import { formatPlatform, hostPlatform, normalArchitecture, type Platform } from "../../api/platforms.ts";

/** The variants that an architecture runs, best first, older ones included. */
function runnableVariants({ architecture, variant }: Platform): string[] {
  if (architecture === "arm") {
    const newest = Number((variant ?? "v7").slice(1)) || 7;
    return Array.from({ length: Math.max(newest - 4, 0) }, (_, index) => `v${newest - index}`);
  }
  if (architecture === "arm64") return [variant ?? "v8", "v8", ""];
  if (architecture === "amd64") return [variant ?? "", "v1", ""];
  return [variant ?? ""];
}

/** How well `candidate` matches `wanted`: 0 is best, undefined is no match. */
export function platformRank(wanted: Platform, candidate: Platform): number | undefined {
  if (candidate.os !== wanted.os || normalArchitecture(candidate.architecture) !== wanted.architecture)
    return undefined;
  const variants = runnableVariants(wanted);
  const variant = candidate.variant ?? (wanted.architecture === "arm" ? "v7" : "");
  const rank = variants.indexOf(variant);
  return rank === -1 ? undefined : rank;
}

/**
 * Checks an image's platform.
 * @param wanted as requested by the client; undefined is any
 * @throws BerthError notFound when the image has another
 */
export function requirePlatform(reference: string, image: Platform, wanted: Platform | undefined): void {
  if (wanted === undefined || platformRank(wanted, image) !== undefined) return;
  throw new BerthError(
    "notFound",
    `image with reference ${reference} was found but its platform (${formatPlatform(image)}) does not match the specified platform (${formatPlatform(wanted)})`,
  );
}

/** The warning about an image of another platform than the host's when none was requested. */
export function platformWarnings(image: Platform): string[] {
  if (platformRank(hostPlatform, image) !== undefined) return [];
  const host = formatPlatform(hostPlatform);
  return [
    `The requested image's platform (${formatPlatform(image)}) does not match the detected host platform (${host}) and no specific platform was requested`,
  ];
}
