// Fixed host properties for tests that depend on them: two CPUs, 8 GiB, cgroup v1 with all controllers.
import { cgroupLayoutOf } from "../../src/runtime/cgroups/layout.ts";
import { CAPABILITIES } from "../../src/runtime/spec/capabilities.ts";
import type { HostFacts } from "../../src/runtime/spec/host.ts";

const EVERY_LIMIT = {
  memory: true,
  memoryReservation: true,
  swappiness: true,
  oomKillDisable: true,
  pids: true,
  cpuShares: true,
  cpuQuota: true,
  cpuRealtime: true,
  cpuset: true,
  blkioWeight: true,
  blkioWeightDevice: true,
  blkioThrottle: true,
};

export const NO_LIMIT = {
  memory: false,
  memoryReservation: false,
  swappiness: false,
  oomKillDisable: false,
  pids: false,
  cpuShares: false,
  cpuQuota: false,
  cpuRealtime: false,
  cpuset: false,
  blkioWeight: false,
  blkioWeightDevice: false,
  blkioThrottle: false,
};

export function hostFacts(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    architecture: "x64",
    kernel: [6, 1],
    capabilities: CAPABILITIES,
    hardLimits: new Map([["RLIMIT_NOFILE", 20_000]]),
    oomScoreAdjust: 0,
    processors: [0, 1],
    memoryNodes: [0],
    memory: 8 * 2 ** 30,
    cgroup: { version: 1, mounts: new Map() },
    swapLimit: true,
    limits: EVERY_LIMIT,
    seccomp: true,
    appArmor: false,
    mayRaiseLimits: true,
    ...changes,
  };
}

export const CGROUP_2 = cgroupLayoutOf("1 2 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw", "cpuset cpu io memory pids");
