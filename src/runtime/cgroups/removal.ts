// Removes control groups in which nothing runs any more, in every hierarchy of the host.
import { readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../../linux/errno.ts";
import { CGROUP_ROOT } from "./layout.ts";

/** A younger one may be another engine's that has just made it. */
const LEAST_AGE_MILLISECONDS = 60_000;

/** By these an OCI runtime finds and stops what runs in a group: they go last. */
const NEEDED_LONGEST = ["freezer", "memory"];

/**
 * Removes the group at `path` ("/berth/ID").
 * @returns false when something in it is left, a process or another group; what is needed to end that is left too
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

/** Removes the old and empty groups below `parent` ("/berth") that crashes left; one with processes stays. */
export function sweepCgroups(parent: string): void {
  const left = new Set(hierarchies().flatMap((hierarchy) => oldGroups(hierarchy, parent)));
  for (const path of left) removeCgroup(path);
}

/** The root itself is the one hierarchy of version 2. */
function hierarchies(): string[] {
  const names = readdirSync(CGROUP_ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((a, b) => NEEDED_LONGEST.indexOf(a) - NEEDED_LONGEST.indexOf(b));
  return [CGROUP_ROOT, ...names.map((name) => join(CGROUP_ROOT, name))];
}

function oldGroups(hierarchy: string, parent: string): string[] {
  try {
    return readdirSync(join(hierarchy, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(parent, name))
      .filter((path) => Date.now() - statSync(join(hierarchy, path)).mtimeMs > LEAST_AGE_MILLISECONDS);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR")) return [];
    throw thrown;
  }
}
