// Refuses mounts on /proc of a container. The runtime writes there (sysctls, labels) while it sets a container up, and must
// not be redirected to other files (CVE-2019-19921, CVE-2025-52881); masked files must not become visible elsewhere.
import { closeSync, readlinkSync, statfsSync } from "node:fs";
import { posix } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { isErrno } from "../../linux/errno.ts";
import { O_PATH, openInRoot, pathOfDescriptor, withRoot } from "../../linux/openat2.ts";
import type { MountPlan } from "./mount-plan.ts";

const PROC = "/proc";
const PROC_MAGIC = 0x9fa0;
/** The kernel's limit. */
const MAX_LINKS = 40;

/** Files that tools such as lxcfs replace, to make a container look like a machine. */
const REPLACEABLE = new Set(
  ["cpuinfo", "diskstats", "loadavg", "meminfo", "slabinfo", "stat", "swaps", "uptime", "net/dev"].map(
    (name) => `${PROC}/${name}`,
  ),
);

/** @throws BerthError invalidParameter in Docker's words for a mount on /proc or below it, links followed */
export function refuseForbiddenPlaces(
  rootfs: string,
  plans: readonly MountPlan[],
  tmpfs: Readonly<Record<string, string>>,
): void {
  for (const plan of plans)
    refuseForbiddenPlace(rootfs, plan.destination, plan.type === "bind" ? plan.source : plan.type);
  for (const destination of Object.keys(tmpfs)) refuseForbiddenPlace(rootfs, destination, "tmpfs");
}

function refuseForbiddenPlace(rootfs: string, destination: string, source: string): void {
  const place = placeInRoot(rootfs, destination);
  // The host's, which shows what --pid=host shows.
  if (place === PROC && !isProc(source)) refuse(source, destination, "not of type proc");
  if (place.startsWith(`${PROC}/`) && !REPLACEABLE.has(place)) refuse(source, destination, "inside /proc");
}

function isProc(source: string): boolean {
  return posix.isAbsolute(source) && statfsSync(source).type === PROC_MAGIC;
}

function refuse(source: string, destination: string, why: string): never {
  throw new BerthError(
    "invalidParameter",
    `error mounting "${source}" to rootfs at "${destination}": cannot be mounted because it is ${why}`,
  );
}

/**
 * Resolves `path` in a root filesystem without mounts; missing components are kept by name, as the runtime will create
 * them.
 */
function placeInRoot(rootfs: string, path: string): string {
  return withRoot(rootfs, (root) => {
    const top = readlinkSync(pathOfDescriptor(root));
    let rest = posix.resolve("/", path);
    const missing: string[] = [];
    for (let links = 0; rest !== "/"; ) {
      const found = realPathOf(root, rest);
      if (found !== undefined) return posix.join("/", found.slice(top.length), ...missing);
      const target = links < MAX_LINKS ? linkAt(root, rest) : undefined;
      if (target === undefined) missing.unshift(posix.basename(rest));
      else links++;
      rest = posix.resolve(posix.dirname(rest), target ?? "");
    }
    return posix.join("/", ...missing);
  });
}

function realPathOf(root: number, path: string): string | undefined {
  return opened(root, path, (found) => readlinkSync(found));
}

/** The target of a dangling link; undefined where there is none. */
function linkAt(root: number, path: string): string | undefined {
  return opened(root, posix.dirname(path), (parent) => {
    try {
      return readlinkSync(`${parent}/${posix.basename(path)}`);
    } catch (thrown) {
      if (isErrno(thrown, "ENOENT", "ENOTDIR", "EINVAL")) return undefined;
      throw thrown;
    }
  });
}

/** Opens `path` and calls `look` with its descriptor's path; undefined when it does not exist. */
function opened<T>(root: number, path: string, look: (path: string) => T): T | undefined {
  let descriptor: number;
  try {
    descriptor = openInRoot(root, path, O_PATH);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw thrown;
  }
  try {
    return look(pathOfDescriptor(descriptor));
  } finally {
    closeSync(descriptor);
  }
}
