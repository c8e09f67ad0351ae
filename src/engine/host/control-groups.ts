// Checks cgroups: version, controllers, and the hybrid setup that crun refuses.
import { existsSync, readFileSync } from "node:fs";
import type { HostFacts } from "../../runtime/spec/host.ts";
import { error, type HostFinding, warning } from "./finding.ts";

/** Mount point of cgroup v2 on a hybrid system. */
const UNIFIED_BESIDE_V1 = "/sys/fs/cgroup/unified";
const NEEDED_V1 = ["cpu", "cpuset", "memory", "pids", "devices", "freezer", "blkio"];
const NEEDED_V2 = ["cpu", "cpuset", "memory", "pids", "io"];

export function controlGroups({ cgroup }: HostFacts): (HostFinding | undefined)[] {
  if (cgroup.version === 1 && cgroup.mounts.size === 0) {
    return [
      error(
        "no cgroups are mounted",
        "containers cannot start",
        "mount -t cgroup2 cgroup2 /sys/fs/cgroup (or boot with systemd)",
      ),
    ];
  }
  const missing =
    cgroup.version === 1
      ? NEEDED_V1.filter((name) => !cgroup.mounts.has(name))
      : NEEDED_V2.filter((name) => !cgroup.controllers.has(name));
  return missing.map((name) =>
    warning(
      `the cgroup controller ${name} is not available`,
      "limits that need it are refused or ignored",
      cgroup.version === 1
        ? `mkdir -p /sys/fs/cgroup/${name} && mount -t cgroup -o ${name} cgroup /sys/fs/cgroup/${name}`
        : `enable it at boot (remove cgroup_disable=${name} from the kernel's command line)`,
    ),
  );
}

/** crun rejects a hybrid system with controllers in the v2 hierarchy. */
export function hybridControlGroups({ cgroup }: HostFacts): (HostFinding | undefined)[] {
  const path = `${UNIFIED_BESIDE_V1}/cgroup.controllers`;
  if (cgroup.version !== 1 || !existsSync(path)) return [];
  const held = readFileSync(path, "utf8").trim().split(/\s+/).filter(Boolean);
  return held.map((name) =>
    error(
      `the cgroup controller ${name} belongs to version 2 while the others belong to version 1`,
      'crun refuses to start containers ("cgroups in hybrid mode not supported")',
      `mkdir -p /sys/fs/cgroup/${name} && mount -t cgroup -o ${name} cgroup /sys/fs/cgroup/${name} (or use runc: --default-runtime runc)`,
    ),
  );
}

export function limitsSupport(host: HostFacts): (HostFinding | undefined)[] {
  return [
    host.swapLimit
      ? undefined
      : warning("No swap limit support", "memory limits do not cover swap", "boot with swapaccount=1"),
  ];
}
