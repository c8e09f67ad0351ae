// Container paths, resolved with the engine's archive stat API.
import { posix } from "node:path";
import { ApiError } from "../../client/errors.ts";
import type { Berth } from "../../client/index.ts";
import type { PathInfo } from "./paths.ts";

// Go's file mode bits.
const MODE_DIRECTORY = 2 ** 31;
const MODE_SYMBOLIC_LINK = 2 ** 27;

const hasBit = (mode: number, bit: number): boolean => Math.floor(mode / bit) % 2 === 1;

/** Normalizes a path but keeps a trailing "/" or "/.", which marks a directory; "" stays "", an invalid path. */
export function normalizeKeepingEnd(path: string): string {
  if (path === "") return "";
  const cleaned = posix.normalize(`/${path}`).replace(/(?<=.)\/$/, "");
  if (/(^|\/)\.$/.test(path) && !cleaned.endsWith("/.")) return `${cleaned === "/" ? "" : cleaned}/.`;
  return path.endsWith("/") && cleaned !== "/" ? `${cleaned}/` : cleaned;
}

/** Resolves a symbolic link relative to its directory; other paths are returned unchanged. */
async function followed(berth: Berth, container: string, path: string): Promise<string> {
  const { mode, linkTarget } = await berth.containers.statPath(container, path);
  if (!hasBit(mode, MODE_SYMBOLIC_LINK)) return path;
  return posix.isAbsolute(linkTarget) ? linkTarget : posix.join(posix.dirname(path.replace(/\/+$/, "")), linkTarget);
}

/** The source of a copy; `followLink` resolves a symbolic link. Errors are reported by the copy itself. */
export async function sourcePath(berth: Berth, container: string, path: string, followLink: boolean): Promise<string> {
  const wanted = normalizeKeepingEnd(path);
  if (!followLink) return wanted;
  try {
    return await followed(berth, container, wanted);
  } catch (thrown) {
    if (thrown instanceof ApiError) return wanted;
    throw thrown;
  }
}

/** The destination of a copy, which need not exist. */
export async function destinationInfo(berth: Berth, container: string, path: string): Promise<PathInfo> {
  const wanted = normalizeKeepingEnd(path);
  try {
    const target = await followed(berth, container, wanted);
    const { mode } = await berth.containers.statPath(container, target);
    return { path: target, exists: true, isDirectory: hasBit(mode, MODE_DIRECTORY) };
  } catch (thrown) {
    if (thrown instanceof ApiError && /no such container/i.test(thrown.message)) throw thrown;
    if (!(thrown instanceof ApiError)) throw thrown;
    return { path: wanted, exists: false, isDirectory: false };
  }
}

export function isDirectoryMode(mode: number): boolean {
  return hasBit(mode, MODE_DIRECTORY);
}
