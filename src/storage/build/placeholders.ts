// Removes mount points that the engine created in a container's upper directory, before that becomes a layer. The upper
// directory is the process's root.
import { type BigIntStats, closeSync, fstatSync, lstatSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { posix } from "node:path";
import { setTimes } from "../../linux/files.ts";
import { O_NOFOLLOW, O_PATH, openInRoot } from "../../linux/openat2.ts";
import { engineFilePaths, isEngineFile } from "../engine-files.ts";
import { isOpaque } from "../overlay-format.ts";
import { isBelow } from "../worker/pack-changes.ts";

/**
 * @param mountPoints the container's mounts, besides those that the engine adds to every container
 * @param lower open directories of the layers below, the top one first
 */
export function removePlaceholders(mountPoints: readonly string[], lower: readonly number[]): void {
  const createdParents = mountPoints.flatMap(withParents);
  const placeholders = deepestFirst([...engineFilePaths, ...createdParents]);
  for (const path of placeholders) if (!isBelow(lower, path)) removeEmpty(path);
  // Overlay copied up their parents: those without other changes are removed as well.
  for (const directory of deepestFirst(placeholders.map((path) => posix.dirname(path)))) {
    const former = formerly(directory, lower);
    const own = lstatSync(directory, { bigint: true, throwIfNoEntry: false });
    if (!former || !own?.isDirectory() || !looksLike(own, former)) continue;
    // Creating a mount point changes the parent's time; the engine restores it for its own files.
    if (own.mtimeNs === former.mtimeNs || createdParents.some((path) => posix.dirname(path) === directory)) {
      removeEmpty(directory);
    }
  }
}

function withParents(path: string): string[] {
  const clean = posix.resolve("/", path);
  return clean === "/" ? [] : [clean, ...withParents(posix.dirname(clean))];
}

function deepestFirst(paths: readonly string[]): string[] {
  return [...new Set(paths)].filter((path) => path !== "/").sort((a, b) => b.length - a.length);
}

/** Removes an empty file or directory, or a link of the engine; the parent's times are restored. */
function removeEmpty(path: string): void {
  const parent = posix.dirname(path);
  const around = lstatSync(parent, { bigint: true, throwIfNoEntry: false });
  const status = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!around?.isDirectory() || !status) return;
  if (status.isDirectory()) {
    if (isOpaque(Buffer.from(path)) || readdirSync(path).length > 0) return;
    rmdirSync(path);
  } else if (status.isSymbolicLink() ? isEngineFile(path) : status.isFile() && status.size === 0n) rmSync(path);
  else return;
  setTimes(Buffer.from(parent), around.atimeNs, around.mtimeNs);
}

/** The status of the path in the uppermost layer that has it. */
function formerly(path: string, lower: readonly number[]): BigIntStats | undefined {
  for (const layer of lower) {
    try {
      const file = openInRoot(layer, path, O_PATH | O_NOFOLLOW);
      try {
        return fstatSync(file, { bigint: true });
      } finally {
        closeSync(file);
      }
    } catch {
      // This layer does not have the path.
    }
  }
  return undefined;
}

function looksLike(own: BigIntStats, former: BigIntStats): boolean {
  return own.mode === former.mode && own.uid === former.uid && own.gid === former.gid;
}
