// Platforms in the words of images: "linux/amd64", "linux/arm/v7".
import { arch } from "node:os";
import { BerthError } from "../../api/errors.ts";

export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
}

const architectures: Readonly<Record<string, string>> = {
  x64: "amd64",
  x86_64: "amd64",
  "x86-64": "amd64",
  aarch64: "arm64",
  arm64: "arm64",
  ia32: "386",
  i386: "386",
  i686: "386",
  armhf: "arm",
  armel: "arm",
};

const normalArchitecture = (name: string): string => architectures[name.toLowerCase()] ?? name.toLowerCase();

/** What this host runs. */
export const hostPlatform: Platform = { os: "linux", architecture: normalArchitecture(arch()) };

const PART = /^[A-Za-z0-9_.-]+$/;

/** Reads "os[/architecture[/variant]]"; what is left out is the host's. @throws BerthError invalidParameter */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/");
  if (parts.length > 3 || !parts.every((part) => PART.test(part))) {
    throw new BerthError(
      "invalidParameter",
      `"${text}" is an invalid platform: platform specifier component must match "^[A-Za-z0-9_.-]+$"`,
    );
  }
  const [first = "", architecture, variant] = parts;
  const isArchitecture = parts.length === 1 && (first in architectures || first === "amd64" || first === "arm");
  const os = isArchitecture ? hostPlatform.os : first.toLowerCase();
  const named = isArchitecture ? first : architecture;
  return {
    os,
    architecture: named === undefined ? hostPlatform.architecture : normalArchitecture(named),
    ...(variant === undefined ? {} : { variant: variant.toLowerCase() }),
  };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant ? [variant] : [])].join("/");
}

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
 * What to say of an image of another platform than this host's.
 * @param wanted as the client asked for it; "" is any
 * @throws BerthError notFound when another was asked for
 */
export function platformWarnings(reference: string, image: Platform, wanted: string): string[] {
  if (wanted !== "") {
    if (platformRank(parsePlatform(wanted), image) !== undefined) return [];
    throw new BerthError(
      "notFound",
      `image with reference ${reference} was found but its platform (${formatPlatform(image)}) does not match the specified platform (${wanted})`,
    );
  }
  if (platformRank(hostPlatform, image) !== undefined) return [];
  const host = formatPlatform(hostPlatform);
  return [
    `The requested image's platform (${formatPlatform(image)}) does not match the detected host platform (${host}) and no specific platform was requested`,
  ];
}
