// Converts limits to their OCI form, for create and update.
import type { Limits } from "../../engine/containers/configuration/host-configuration.ts";
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
export function buildResources(limits: Limits, devices: OciDeviceRule[], host: HostFacts): OciResources {
  return { devices, ...buildLimits(limits, host) };
}

/** Only the limits, as in the resources.json of `runtime update`. */
export function buildLimits(limits: Limits, host: HostFacts): OciLimits {
  const memory = memoryOf(limits, host);
  const cpu = cpuOf(limits, host);
  const blockIO = blockIoOf(limits);
  return {
    ...(memory && { memory }),
    ...(cpu && { cpu }),
    ...(positive(limits.pidsLimit) && { pids: { limit: limits.pidsLimit } }),
    ...(blockIO && { blockIO }),
  };
}

function memoryOf(limits: Limits, host: HostFacts): OciResources["memory"] {
  const memory: NonNullable<OciResources["memory"]> = {};
  if (positive(limits.memory)) memory.limit = limits.memory;
  if (positive(limits.memoryReservation)) memory.reservation = limits.memoryReservation;
  if (host.swapLimit && (positive(limits.memorySwap) || (limits.memorySwap === -1 && positive(limits.memory)))) {
    memory.swap = limits.memorySwap;
  }
  if (host.cgroup.version === 1) {
    if (limits.memorySwappiness !== undefined && limits.memorySwappiness >= 0)
      memory.swappiness = limits.memorySwappiness;
    if (limits.oomKillDisable) memory.disableOOMKiller = true;
  }
  return nonEmpty(memory);
}

function cpuOf(limits: Limits, host: HostFacts): OciResources["cpu"] {
  const cpu: NonNullable<OciResources["cpu"]> = {};
  if (positive(limits.cpuShares)) cpu.shares = limits.cpuShares;
  if (positive(limits.nanoCpus)) {
    cpu.period = CPU_PERIOD;
    cpu.quota = Math.round((limits.nanoCpus * CPU_PERIOD) / NANO_CPUS_PER_CPU);
  }
  if (limits.cpuPeriod) cpu.period = limits.cpuPeriod;
  if (!isUnlimitedQuota(limits.cpuQuota)) cpu.quota = limits.cpuQuota;
  if (limits.cpusetCpus) cpu.cpus = limits.cpusetCpus;
  if (limits.cpusetMems) cpu.mems = limits.cpusetMems;
  if (host.cgroup.version === 1) {
    if (limits.cpuRealtimePeriod) cpu.realtimePeriod = limits.cpuRealtimePeriod;
    if (limits.cpuRealtimeRuntime) cpu.realtimeRuntime = limits.cpuRealtimeRuntime;
  }
  return nonEmpty(cpu);
}

function blockIoOf(limits: Limits): OciResources["blockIO"] {
  const blockIO: NonNullable<OciResources["blockIO"]> = {};
  if (positive(limits.blkioWeight)) blockIO.weight = limits.blkioWeight;
  if (limits.blkioWeightDevice?.length) {
    blockIO.weightDevice = limits.blkioWeightDevice.map(({ path, weight }) => ({
      ...blockDeviceNumbers(path),
      weight,
    }));
  }
  if (limits.blkioDeviceReadBps?.length) blockIO.throttleReadBpsDevice = throttles(limits.blkioDeviceReadBps);
  if (limits.blkioDeviceWriteBps?.length) blockIO.throttleWriteBpsDevice = throttles(limits.blkioDeviceWriteBps);
  if (limits.blkioDeviceReadIOps?.length) blockIO.throttleReadIOPSDevice = throttles(limits.blkioDeviceReadIOps);
  if (limits.blkioDeviceWriteIOps?.length) blockIO.throttleWriteIOPSDevice = throttles(limits.blkioDeviceWriteIOps);
  return nonEmpty(blockIO);
}

function throttles(devices: readonly { path: string; rate: number }[]): OciThrottle[] {
  return devices.map(({ path, rate }) => ({ ...blockDeviceNumbers(path), rate }));
}

function positive(number: number | undefined): number is number {
  return number !== undefined && number > 0;
}

function nonEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}
