// Which network namespaces have processes in them (/proc/PID/ns/net, see namespaces(7)).
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** The number by which the kernel knows the network namespace of this process. */
export function networkNamespaceInode(): number {
  return statSync("/proc/self/ns/net").ino;
}

/** Whether a process is in one of the network namespaces that are pinned by bind mounts in `directory`. */
export function hasProcessIn(directory: string): boolean {
  const pinned = new Set(namesIn(directory).flatMap((name) => identityOf(join(directory, name)) ?? []));
  if (pinned.size === 0) return false;
  return namesIn("/proc").some((name) => /^\d+$/.test(name) && pinned.has(identityOf(`/proc/${name}/ns/net`) ?? ""));
}

/** Undefined for a missing file or a process that has just ended. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
