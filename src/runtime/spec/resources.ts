// Converts limits to their OCI form, for create and update.
import type { Resources } from "../../api/host-configuration.ts";
import { blockDeviceNumbers } from "./devices.ts";
import type { HostFacts } from "./host.ts";
import type { OciDeviceRule, OciLimits, OciResources, OciThrottle } from "./types.ts";

/** The CPU period of --cpus, in microseconds. */
const CPU_PERIOD = 100_000;
const NANO_CPUS_PER_CPU = 1e9;
/** The kernel's maximum quota in microseconds (MAX_BW of kernel/sched/sched.h). */
const MAX_CPU_QUOTA = 2 ** 44 - 1;

/** Whether a quota is no limit: unset, negative, or above the kernel's maximum. */
export function isUnlimitedQuota(quota = 0): boolean {
  return quota <= 0 || quota > MAX_CPU_QUOTA;
}

/** Without limits that cgroup v2 does not have, which runtimes refuse. Sizes are bytes. */
export function buildResources(limits: Resources, devices: OciDeviceRule[], host: HostFacts): OciResources {
  return { devices, ...buildLimits(limits, host) };
}

/** Only the limits, as in the resources.json of `runtime update`. */
export function buildLimits(limits: Resources, host: HostFacts): OciLimits {
  const memory = memoryOf(limits, host);
  const cpu = cpuOf(limits, host);
  const blockIO = blockIoOf(limits);
  return {
    ...(memory && { memory }),
    ...(cpu && { cpu }),
    ...(positive(limits.PidsLimit) && { pids: { limit: limits.PidsLimit } }),
    ...(blockIO && { blockIO }),
  };
}

function memoryOf(limits: Resources, host: HostFacts): OciResources["memory"] {
  const memory: NonNullable<OciResources["memory"]> = {};
  if (positive(limits.Memory)) memory.limit = limits.Memory;
  if (positive(limits.MemoryReservation)) memory.reservation = limits.MemoryReservation;
  if (host.swapLimit && (positive(limits.MemorySwap) || (limits.MemorySwap === -1 && positive(limits.Memory)))) {
    memory.swap = limits.MemorySwap;
  }
  if (host.cgroup.version === 1) {
    if (limits.MemorySwappiness !== undefined && limits.MemorySwappiness >= 0)
      memory.swappiness = limits.MemorySwappiness;
    if (limits.OomKillDisable) memory.disableOOMKiller = true;
  }
  return nonEmpty(memory);
}

function cpuOf(limits: Resources, host: HostFacts): OciResources["cpu"] {
  const cpu: NonNullable<OciResources["cpu"]> = {};
  if (positive(limits.CpuShares)) cpu.shares = limits.CpuShares;
  if (positive(limits.NanoCpus)) {
    cpu.period = CPU_PERIOD;
    cpu.quota = Math.round((limits.NanoCpus * CPU_PERIOD) / NANO_CPUS_PER_CPU);
  }
  if (limits.CpuPeriod) cpu.period = limits.CpuPeriod;
  if (!isUnlimitedQuota(limits.CpuQuota)) cpu.quota = limits.CpuQuota;
  if (limits.CpusetCpus) cpu.cpus = limits.CpusetCpus;
  if (limits.CpusetMems) cpu.mems = limits.CpusetMems;
  if (host.cgroup.version === 1) {
    if (limits.CpuRealtimePeriod) cpu.realtimePeriod = limits.CpuRealtimePeriod;
    if (limits.CpuRealtimeRuntime) cpu.realtimeRuntime = limits.CpuRealtimeRuntime;
  }
  return nonEmpty(cpu);
}

function blockIoOf(limits: Resources): OciResources["blockIO"] {
  const blockIO: NonNullable<OciResources["blockIO"]> = {};
  if (positive(limits.BlkioWeight)) blockIO.weight = limits.BlkioWeight;
  if (limits.BlkioWeightDevice?.length) {
    blockIO.weightDevice = limits.BlkioWeightDevice.map(({ Path, Weight }) => ({
      ...blockDeviceNumbers(Path),
      weight: Weight,
    }));
  }
  if (limits.BlkioDeviceReadBps?.length) blockIO.throttleReadBpsDevice = throttles(limits.BlkioDeviceReadBps);
  if (limits.BlkioDeviceWriteBps?.length) blockIO.throttleWriteBpsDevice = throttles(limits.BlkioDeviceWriteBps);
  if (limits.BlkioDeviceReadIOps?.length) blockIO.throttleReadIOPSDevice = throttles(limits.BlkioDeviceReadIOps);
  if (limits.BlkioDeviceWriteIOps?.length) blockIO.throttleWriteIOPSDevice = throttles(limits.BlkioDeviceWriteIOps);
  return nonEmpty(blockIO);
}

function throttles(devices: readonly { Path: string; Rate: number }[]): OciThrottle[] {
  return devices.map(({ Path, Rate }) => ({ ...blockDeviceNumbers(Path), rate: Rate }));
}

function positive(number: number | undefined): number is number {
  return number !== undefined && number > 0;
}

function nonEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}
