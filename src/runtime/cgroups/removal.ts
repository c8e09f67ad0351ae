// Removes control groups without processes, in every hierarchy of the host.
import { readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../../linux/errno.ts";
import { CGROUP_ROOT } from "./layout.ts";

/** A younger one may have just been created by another engine. */
const MIN_AGE_MILLISECONDS = 60_000;

/** OCI runtimes find and stop the processes of a group by these controllers: they are removed last. */
const REMOVED_LAST = ["freezer", "memory"];

/**
 * Removes the group at `path` ("/berth/ID").
 * @returns false when it still has a process or another group; the controllers that are needed to stop that are kept
 */
export function removeCgroup(path: string): boolean {
  for (const hierarchy of hierarchies()) {
    try {
      rmdirSync(join(hierarchy, path));
    } catch (thrown) {
      if (isErrno(thrown, "EBUSY", "ENOTEMPTY")) return false;
      if (!isErrno(thrown, "ENOENT", "ENOTDIR")) throw thrown;
    }
  }
  return true;
}

/** Removes old and empty groups below `parent` ("/berth") that crashes left behind. */
export function sweepCgroups(parent: string): void {
  const left = new Set(hierarchies().flatMap((hierarchy) => oldGroups(hierarchy, parent)));
  for (const path of left) removeCgroup(path);
}

/** The root itself is the one hierarchy of version 2. */
function hierarchies(): string[] {
  const names = readdirSync(CGROUP_ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((a, b) => REMOVED_LAST.indexOf(a) - REMOVED_LAST.indexOf(b));
  return [CGROUP_ROOT, ...names.map((name) => join(CGROUP_ROOT, name))];
}

function oldGroups(hierarchy: string, parent: string): string[] {
  try {
    return readdirSync(join(hierarchy, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(parent, name))
      .filter((path) => Date.now() - statSync(join(hierarchy, path)).mtimeMs > MIN_AGE_MILLISECONDS);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR")) return [];
    throw thrown;
  }
}
