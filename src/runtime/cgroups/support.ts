// The limits that this host supports: a kernel may lack a controller or one of its files.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CgroupLayout } from "./layout.ts";

/** For swap, see {@link HostFacts.swapLimit}. */
export interface LimitSupport {
  memory: boolean;
  memoryReservation: boolean;
  swappiness: boolean;
  oomKillDisable: boolean;
  pids: boolean;
  cpuShares: boolean;
  cpuQuota: boolean;
  cpuRealtime: boolean;
  cpuset: boolean;
  blkioWeight: boolean;
  blkioWeightDevice: boolean;
  blkioThrottle: boolean;
}

export function readLimitSupport(layout: CgroupLayout): LimitSupport {
  return layout.version === 1 ? supportOfVersion1(layout.mounts) : supportOfVersion2(layout.controllers);
}

function supportOfVersion1(mounts: ReadonlyMap<string, string>): LimitSupport {
  const has = (controller: string, file: string): boolean => {
    const mount = mounts.get(controller);
    return mount !== undefined && existsSync(join(mount, file));
  };
  return {
    memory: has("memory", "memory.limit_in_bytes"),
    memoryReservation: has("memory", "memory.soft_limit_in_bytes"),
    swappiness: has("memory", "memory.swappiness"),
    oomKillDisable: has("memory", "memory.oom_control"),
    pids: mounts.has("pids"),
    cpuShares: has("cpu", "cpu.shares"),
    cpuQuota: has("cpu", "cpu.cfs_quota_us"),
    cpuRealtime: has("cpu", "cpu.rt_period_us"),
    cpuset: has("cpuset", "cpuset.cpus"),
    blkioWeight: has("blkio", "blkio.weight"),
    blkioWeightDevice: has("blkio", "blkio.weight_device"),
    blkioThrottle: has("blkio", "blkio.throttle.read_bps_device"),
  };
}

function supportOfVersion2(controllers: ReadonlySet<string>): LimitSupport {
  const [memory, cpu, io] = [controllers.has("memory"), controllers.has("cpu"), controllers.has("io")];
  return {
    memory,
    memoryReservation: memory,
    swappiness: false,
    oomKillDisable: false,
    pids: controllers.has("pids"),
    cpuShares: cpu,
    cpuQuota: cpu,
    cpuRealtime: false,
    cpuset: controllers.has("cpuset"),
    blkioWeight: io,
    blkioWeightDevice: io,
    blkioThrottle: io,
  };
}
