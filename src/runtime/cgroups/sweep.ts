// Removes control groups that crashes left behind: an OCI runtime that is killed in the middle leaves empty ones.
import { readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../../linux/libc.ts";
import { CGROUP_ROOT } from "./layout.ts";

/** A younger one may be another engine's that has just made it. */
const LEAST_AGE_MILLISECONDS = 60_000;

/** Removes the old and empty ones below `parent` ("/berth") in every hierarchy; one with processes stays. */
export function sweepCgroups(parent: string): void {
  const hierarchies = readdirSync(CGROUP_ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(CGROUP_ROOT, name));
  for (const hierarchy of [CGROUP_ROOT, ...hierarchies]) sweepDirectory(join(hierarchy, parent));
}

function sweepDirectory(directory: string): void {
  for (const entry of entriesOf(directory)) {
    const path = join(directory, entry);
    try {
      const { mtimeMs } = statSync(path);
      if (Date.now() - mtimeMs > LEAST_AGE_MILLISECONDS) rmdirSync(path);
    } catch (thrown) {
      if (!["EBUSY", "ENOENT", "ENOTEMPTY", "ENOTDIR"].includes(errorCode(thrown) ?? "")) throw thrown;
    }
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(thrown) ?? "")) return [];
    throw thrown;
  }
}
