// `diff`: a container's changes, from comparing its writable overlay layer with the layers below.
import type { BigIntStats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../linux/errno.ts";
import { isEngineFile } from "./engine-files.ts";
import { isOpaque, isWhiteout } from "./overlay-format.ts";

export interface FileChange {
  /** In the container. */
  path: string;
  kind: "changed" | "added" | "deleted";
}

/** A directory as one of the layers below has it. */
interface LowerDirectory {
  path: string;
  names: ReadonlySet<string>;
}

/**
 * Lists the changes: each directory before its content, names sorted.
 * @param upper the writable layer
 * @param lower the layers below, top first
 */
export async function changesOf(upper: string, lower: readonly string[]): Promise<FileChange[]> {
  const changes: FileChange[] = [];
  const directories = await Promise.all(lower.map(lowerDirectory));
  await changesBelow("/", upper, directories, changes);
  return changes;
}

/**
 * Appends the changes below `path`; returns whether an entry directly in it was added or deleted. Reads metadata only
 * where the names and types in the directories do not tell.
 * @param upper the directory in the writable layer
 * @param lower the same directory in the layers below that are visible, top first
 */
async function changesBelow(
  path: string,
  upper: string,
  lower: readonly LowerDirectory[],
  changes: FileChange[],
): Promise<boolean> {
  let alters = false;
  // A running container may remove a file meanwhile.
  const entries = (await ifThere(readdir(upper, { withFileTypes: true }))) ?? [];
  const own = new Map(entries.map((entry) => [entry.name, entry]));
  const replaced = lower.length > 0 && isOpaque(Buffer.from(upper)) ? lower.flatMap(({ names }) => [...names]) : [];
  for (const name of [...new Set([...own.keys(), ...replaced])].sort()) {
    const child = join(path, name);
    const ownPath = join(upper, name);
    const entry = own.get(name);
    const former = await formerStatus(lower, name);
    const device = entry?.isCharacterDevice() ? await ifThere(lstat(ownPath)) : undefined;
    if (!entry || (device && isWhiteout(device))) {
      // Without a file below to hide, the container itself created and removed the file.
      if (former === undefined) continue;
      changes.push({ path: child, kind: "deleted" });
      alters = true;
      continue;
    }
    const place = changes.length;
    const isDirectory = entry.isDirectory();
    const inside = isDirectory && (await changesBelow(child, ownPath, await directoriesBelow(lower, name), changes));
    const kind = former === undefined ? "added" : "changed";
    if (kind === "added" && isEngineFile(child) && changes.length === place) continue;
    if (kind === "changed" && isDirectory && !inside && (await isSameDirectory(ownPath, former))) continue;
    changes.splice(place, 0, { path: child, kind });
    alters ||= kind === "added";
  }
  return alters;
}

async function lowerDirectory(path: string): Promise<LowerDirectory> {
  return { path, names: new Set(await readdir(path)) };
}

/** The metadata of the topmost layer's file; undefined when no layer has it, or one hides it. */
async function formerStatus(lower: readonly LowerDirectory[], name: string): Promise<BigIntStats | undefined> {
  const topmost = lower.find(({ names }) => names.has(name));
  const status = topmost && (await lstat(join(topmost.path, name), { bigint: true }));
  return status && isWhiteout(status) ? undefined : status;
}

/** The subdirectory `name` in the layers below, down to the first layer that hides those below it. */
async function directoriesBelow(lower: readonly LowerDirectory[], name: string): Promise<LowerDirectory[]> {
  const directories: LowerDirectory[] = [];
  for (const parent of lower) {
    if (!parent.names.has(name)) continue;
    const path = join(parent.path, name);
    if (!(await lstat(path)).isDirectory()) break;
    directories.push(await lowerDirectory(path));
    if (isOpaque(Buffer.from(path))) break;
  }
  return directories;
}

/** Overlay copies up the parents of a changed file; that alone is not a change. */
async function isSameDirectory(path: string, former: BigIntStats | undefined): Promise<boolean> {
  if (!former?.isDirectory()) return false;
  const now = await ifThere(lstat(path, { bigint: true }));
  return (
    now?.mode === former.mode && now.uid === former.uid && now.gid === former.gid && now.mtimeNs === former.mtimeNs
  );
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR")) return undefined;
    throw thrown;
  }
}
