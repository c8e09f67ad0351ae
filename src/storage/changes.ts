// `diff`: what a container changed, read from its writable overlay layer against the layers below.
import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FilesystemChange } from "../api/containers.ts";
import { errorCode, isErrno } from "../linux/errno.ts";
import { isEngineFile } from "./engine-files.ts";
import { isOpaque, isWhiteout } from "./overlay-format.ts";

const CHANGED = 0;
const ADDED = 1;
const DELETED = 2;

/**
 * What differs, each directory before what is in it, names in order.
 * @param upper the writable layer
 * @param lower the layers below, the top one first
 */
export async function changesOf(upper: string, lower: readonly string[]): Promise<FilesystemChange[]> {
  const changes: FilesystemChange[] = [];
  await changesBelow("/", upper, lower, changes);
  return changes;
}

/** Adds the changes below `path`; answers whether something in it was added or deleted. */
async function changesBelow(
  path: string,
  upper: string,
  lower: readonly string[],
  changes: FilesystemChange[],
): Promise<boolean> {
  let alters = false;
  const own = new Set(await namesIn(join(upper, path)));
  const replaced = hidesLower(join(upper, path)) ? await namesBelow(lower, path) : [];
  for (const name of [...new Set([...own, ...replaced])].sort()) {
    const child = join(path, name);
    const former = await below(lower, child);
    const status = own.has(name) ? await lstat(join(upper, child), { bigint: true }) : undefined;
    if (status === undefined || isWhiteout(status)) {
      // Without anything below to hide it only says that the container itself made and removed something.
      if (former === undefined) continue;
      changes.push({ Path: child, Kind: DELETED });
      alters = true;
      continue;
    }
    const place = changes.length;
    const inside = status.isDirectory() && (await changesBelow(child, upper, lower, changes));
    const kind = former === undefined ? ADDED : CHANGED;
    if (kind === ADDED && isEngineFile(child) && changes.length === place) continue;
    if (kind === CHANGED && !inside && isSameDirectory(status, former)) continue;
    changes.splice(place, 0, { Path: child, Kind: kind });
    alters ||= kind === ADDED;
  }
  return alters;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR")) return [];
    throw thrown;
  }
}

/** The names a directory had before the writable layer took its place, those that layers above had hidden too. */
async function namesBelow(lower: readonly string[], path: string): Promise<string[]> {
  return (await Promise.all(lower.map((layer) => namesIn(join(layer, path))))).flat();
}

/** What the uppermost of the layers has at `path`; undefined when none has it, or one hides it. */
async function below(lower: readonly string[], path: string): Promise<BigIntStats | undefined> {
  for (const layer of lower) {
    try {
      const status = await lstat(join(layer, path), { bigint: true });
      return isWhiteout(status) ? undefined : status;
    } catch (thrown) {
      const code = errorCode(thrown);
      if (code !== "ENOENT" && code !== "ENOTDIR") throw thrown;
      if (hidesBelow(layer, path)) return undefined;
    }
  }
  return undefined;
}

/** Whether a directory of this layer on the way to `path` is opaque or no directory at all. */
function hidesBelow(layer: string, path: string): boolean {
  const parts = path.split("/").slice(1, -1);
  return parts.some((_, index) => hidesLower(join(layer, ...parts.slice(0, index + 1))));
}

function hidesLower(directory: string): boolean {
  try {
    return isOpaque(Buffer.from(directory));
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return false;
    // Something that is no directory stands where layers further down have one.
    if (isErrno(thrown, "ENOTDIR")) return true;
    throw thrown;
  }
}

/** A directory is in the writable layer as soon as something in it is; that alone is no change. */
function isSameDirectory(now: BigIntStats, former: BigIntStats | undefined): boolean {
  return (
    former !== undefined &&
    now.isDirectory() &&
    former.isDirectory() &&
    now.mode === former.mode &&
    now.uid === former.uid &&
    now.gid === former.gid &&
    now.mtimeNs === former.mtimeNs
  );
}
