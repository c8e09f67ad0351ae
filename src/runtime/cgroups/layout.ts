// The control group layout of the host: version 1 controllers with a mount each, or the one tree of version 2.
import { readFileSync } from "node:fs";
import { isErrno } from "../../linux/errno.ts";

/** `mounts` gives the mount point of each version 1 controller; `controllers` the names version 2 offers at its root. */
export type CgroupLayout =
  | { version: 1; mounts: ReadonlyMap<string, string> }
  | { version: 2; mount: string; controllers: ReadonlySet<string> };

export const CGROUP_ROOT = "/sys/fs/cgroup";

const V1_CONTROLLERS = new Set([
  "blkio",
  "cpu",
  "cpuacct",
  "cpuset",
  "devices",
  "freezer",
  "hugetlb",
  "memory",
  "net_cls",
  "net_prio",
  "perf_event",
  "pids",
  "rdma",
]);

/** Reads the layout of the running host. A hybrid system counts as version 1. */
export function readCgroupLayout(): CgroupLayout {
  const mountInfo = readFileSync("/proc/self/mountinfo", "utf8");
  return cgroupLayoutOf(mountInfo, readOrEmpty(`${CGROUP_ROOT}/cgroup.controllers`));
}

/** {@link readCgroupLayout} on the contents of mountinfo and of the root's cgroup.controllers. */
export function cgroupLayoutOf(mountInfo: string, rootControllers: string): CgroupLayout {
  const mounts = new Map<string, string>();
  for (const line of mountInfo.split("\n")) {
    const [left = "", right = ""] = line.split(" - ", 2);
    const mountPoint = left.split(" ")[4];
    const [type, , superOptions = ""] = right.split(" ");
    if (mountPoint === undefined) continue;
    if (type === "cgroup2" && mountPoint === CGROUP_ROOT) {
      return { version: 2, mount: CGROUP_ROOT, controllers: new Set(rootControllers.trim().split(/\s+/)) };
    }
    if (type !== "cgroup") continue;
    for (const option of superOptions.split(",")) {
      if (V1_CONTROLLERS.has(option)) mounts.set(option, mountPoint);
    }
  }
  return { version: 1, mounts };
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return "";
    throw thrown;
  }
}
