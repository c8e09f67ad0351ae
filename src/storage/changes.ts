// `diff`: a container's changes, from comparing its writable overlay layer with the layers below.
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
 * Lists the changes: each directory before its content, names sorted.
 * @param upper the writable layer
 * @param lower the layers below, top first
 */
export async function changesOf(upper: string, lower: readonly string[]): Promise<FilesystemChange[]> {
  const changes: FilesystemChange[] = [];
  await changesBelow("/", upper, lower, changes);
  return changes;
}

/** Appends the changes below `path`; returns whether an entry directly in it was added or deleted. */
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
      // Without a file below to hide, the container itself created and removed the file.
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

/** The names in a directory before the writable layer replaced it, including those hidden in other layers. */
async function namesBelow(lower: readonly string[], path: string): Promise<string[]> {
  return (await Promise.all(lower.map((layer) => namesIn(join(layer, path))))).flat();
}

/** The topmost layer's file at `path`; undefined when no layer has it, or one hides it. */
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

/** Whether a parent of `path` in this layer is opaque or not a directory. */
function hidesBelow(layer: string, path: string): boolean {
  const parts = path.split("/").slice(1, -1);
  return parts.some((_, index) => hidesLower(join(layer, ...parts.slice(0, index + 1))));
}

function hidesLower(directory: string): boolean {
  try {
    return isOpaque(Buffer.from(directory));
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return false;
    // A non-directory hides the directory of lower layers.
    if (isErrno(thrown, "ENOTDIR")) return true;
    throw thrown;
  }
}

/** Overlay copies up the parents of a changed file; that alone is not a change. */
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
