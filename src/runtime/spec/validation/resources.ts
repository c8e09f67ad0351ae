// Validates limits and fills in their defaults for create and update, in Docker's words.

import { resourceOptions } from "../../../api/container-options.ts";
import { BerthError } from "../../../api/errors.ts";
import { MAX_INT64 } from "../../../api/fields.ts";
import type { HostConfig, Resources, Ulimit } from "../../../api/host-configuration.ts";
import { ULIMIT_NAMES, ulimitConflict } from "../../../api/ulimits.ts";
import { type HostFacts, parseNumberList } from "../host.ts";
import { hardLimitCeiling, limitOf, rlimitType } from "../process.ts";
import { checkBounds } from "./bounds.ts";

/** Bytes. */
const MINIMUM_MEMORY = 6 * 1024 * 1024;
const NANO_CPUS_PER_CPU = 1e9;
/** The kernel's minimum quota is 1 ms, a hundredth of the period of --cpus. */
const MINIMUM_NANO_CPUS = 1e7;

/** The API accepts one more than the command line. */
const KNOWN_ULIMITS = new Set([...ULIMIT_NAMES, "as"]);

/** Limits that the host does not support: the fields to drop and the warning. */
interface Discard {
  fields: readonly (keyof Resources)[];
  supported(host: HostFacts): boolean;
  warning: string;
}

const DISCARDS: readonly Discard[] = [
  {
    fields: ["Memory", "MemorySwap"],
    supported: ({ limits }) => limits.memory,
    warning: kernelLacks("memory limit capabilities or the cgroup is not mounted. Limitation discarded."),
  },
  {
    fields: ["MemorySwap"],
    supported: ({ swapLimit }) => swapLimit,
    warning: kernelLacks("swap limit capabilities or the cgroup is not mounted. Memory limited without swap."),
  },
  {
    fields: ["MemorySwappiness"],
    supported: ({ limits }) => limits.swappiness,
    warning: kernelLacks("memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded."),
  },
  {
    fields: ["MemoryReservation"],
    supported: ({ limits }) => limits.memoryReservation,
    warning: kernelLacks("memory soft limit capabilities or the cgroup is not mounted. Limitation discarded."),
  },
  {
    fields: ["KernelMemory", "KernelMemoryTCP"],
    supported: () => false,
    warning: kernelLacks("kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded."),
  },
  {
    fields: ["OomKillDisable"],
    supported: ({ limits }) => limits.oomKillDisable,
    warning: kernelLacks("OomKillDisable. OomKillDisable discarded."),
  },
  {
    fields: ["PidsLimit"],
    supported: ({ limits }) => limits.pids,
    warning: kernelLacks("PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded."),
  },
  {
    fields: ["CpuShares"],
    supported: ({ limits }) => limits.cpuShares,
    warning: kernelLacks("CPU shares or the cgroup is not mounted. Shares discarded."),
  },
  {
    fields: ["CpuPeriod", "CpuQuota"],
    supported: ({ limits }) => limits.cpuQuota,
    warning: kernelLacks("CPU CFS scheduler. CPU period/quota discarded."),
  },
  {
    fields: ["CpuRealtimePeriod", "CpuRealtimeRuntime"],
    supported: ({ limits }) => limits.cpuRealtime,
    warning: kernelLacks("CPU real-time scheduler. CPU real-time period/runtime discarded."),
  },
  { fields: ["CpuPercent"], supported: () => false, warning: "linux does not support CPU percent. Percent discarded." },
  {
    fields: ["CpusetCpus", "CpusetMems"],
    supported: ({ limits }) => limits.cpuset,
    warning: kernelLacks("cpuset or the cgroup is not mounted. Cpuset discarded."),
  },
  {
    fields: ["BlkioWeight"],
    supported: ({ limits }) => limits.blkioWeight,
    warning: kernelLacks("Block I/O weight or the cgroup is not mounted. Weight discarded."),
  },
  {
    fields: ["BlkioWeightDevice"],
    supported: ({ limits }) => limits.blkioWeightDevice,
    warning: kernelLacks("Block I/O weight_device or the cgroup is not mounted. Weight-device discarded."),
  },
  throttle("BlkioDeviceReadBps", "BPS Block I/O read limit", "Block I/O BPS read limit"),
  throttle("BlkioDeviceWriteBps", "BPS Block I/O write limit", "Block I/O BPS write limit"),
  throttle("BlkioDeviceReadIOps", "IOPS Block read limit", "Block I/O IOPS read limit"),
  throttle("BlkioDeviceWriteIOps", "IOPS Block write limit", "Block I/O IOPS write limit"),
];

function kernelLacks(what: string): string {
  return `Your kernel does not support ${what}`;
}

function throttle(field: keyof Resources, what: string, discarded: string): Discard {
  return {
    fields: [field],
    supported: ({ limits }) => limits.blkioThrottle,
    warning: kernelLacks(`${what} or the cgroup is not mounted. ${discarded} discarded.`),
  };
}

/**
 * Checks limits; `update` is whether they change a container that exists.
 * @returns warnings about limits that this host drops or caps.
 * @throws BerthError invalidParameter
 */
export function validateResources(limits: Resources, host: HostFacts, update = false): string[] {
  checkProcessorConflicts(limits);
  checkBounds(resourceOptions, limits);
  checkMemory(limits, update);
  checkProcessors(limits, host);
  checkBlockIo(limits, host);
  (limits.Ulimits ?? []).forEach(checkUlimit);
  const warnings = DISCARDS.filter((discard) => isDiscarded(discard, limits, host)).map(({ warning }) => warning);
  if (limits.OomKillDisable && host.limits.oomKillDisable && !limits.Memory) {
    warnings.push(
      "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.",
    );
  }
  return [...warnings, ...ulimitWarnings(limits.Ulimits ?? [], host)];
}

/** The effective limits: without unsupported ones, and with swap defaulting to twice the memory. */
export function completeResources<T extends Resources>(limits: T, host: HostFacts): T {
  const complete = { ...limits };
  if (complete.Memory && complete.Memory > 0 && !complete.MemorySwap) {
    complete.MemorySwap = Math.min(complete.Memory * 2, MAX_INT64);
  }
  for (const discard of DISCARDS) {
    if (!isDiscarded(discard, complete, host)) continue;
    for (const field of discard.fields) delete complete[field];
  }
  return complete;
}

function isDiscarded(discard: Discard, limits: Resources, host: HostFacts): boolean {
  return !discard.supported(host) && discard.fields.some((field) => isWish(limits[field]));
}

/** Whether a value is a limit: 0, "", false, an empty list and -1 (unlimited) are not. */
function isWish(value: Resources[keyof Resources]): boolean {
  return Array.isArray(value) ? value.length > 0 : typeof value === "number" ? value > 0 : Boolean(value);
}

function checkMemory(limits: Resources, update: boolean): void {
  const { Memory = 0, MemorySwap = 0, MemoryReservation = 0, MemorySwappiness } = limits;
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory) {
    refuse("Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (Memory === 0 && MemorySwap > 0 && !update) {
    refuse("You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  // The command line sends -1 by default.
  if (MemorySwappiness !== undefined && (MemorySwappiness < -1 || MemorySwappiness > 100)) {
    refuse(`Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`);
  }
  if (MemoryReservation > 0 && MemoryReservation < MINIMUM_MEMORY) refuse("Minimum memory reservation allowed is 6MB");
  if (Memory > 0 && MemoryReservation > Memory) {
    refuse("Minimum memory limit can not be less than memory reservation limit, see usage");
  }
}

function checkProcessorConflicts({ NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0 }: Resources): void {
  if (NanoCpus > 0 && CpuPeriod > 0) refuse("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  if (NanoCpus > 0 && CpuQuota > 0) refuse("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
}

function checkProcessors(limits: Resources, host: HostFacts): void {
  const { NanoCpus = 0, CpuQuota = 0, CpusetCpus = "", CpusetMems = "" } = limits;
  const count = host.processors.length;
  if (NanoCpus > 0 && !host.limits.cpuQuota) {
    refuse("NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted");
  }
  if (NanoCpus < 0 || (NanoCpus > 0 && NanoCpus < MINIMUM_NANO_CPUS) || NanoCpus > count * NANO_CPUS_PER_CPU) {
    refuse(`range of CPUs is from 0.01 to ${count}.00, as there are only ${count} CPUs available`);
  }
  if (CpuQuota > 0 && CpuQuota < 1000) refuse("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  checkSet(CpusetCpus, host.processors, "cpuset cpus", "CPUs");
  checkSet(CpusetMems, host.memoryNodes, "cpuset mems", "memory nodes");
}

function checkSet(wanted: string, available: readonly number[], what: string, plural: string): void {
  if (wanted === "") return;
  const numbers = parseNumberList(wanted);
  if (!numbers) refuse(`Invalid value ${wanted} for ${what}: invalid format: ${wanted}`);
  if (numbers.every((number) => available.includes(number))) return;
  refuse(`Requested ${plural} are not available - requested ${wanted}, available: ${rangesOf(available)}`);
}

/** Formats [0, 1, 2, 5] as "0-2,5". */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] + 1 === number) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

function checkBlockIo(limits: Resources, host: HostFacts): void {
  const { BlkioWeight = 0, IOMaximumBandwidth = 0, IOMaximumIOps = 0 } = limits;
  if (host.limits.blkioWeight && BlkioWeight !== 0 && (BlkioWeight < 10 || BlkioWeight > 1000))
    refuse("Range of blkio weight is from 10 to 1000");
  if (IOMaximumBandwidth !== 0 || IOMaximumIOps !== 0) {
    refuse("Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps");
  }
}

function checkUlimit({ Name, Soft, Hard }: Ulimit): void {
  if (!KNOWN_ULIMITS.has(Name)) refuse(`invalid ulimit type: ${Name}`);
  if (!Number.isInteger(Soft) || !Number.isInteger(Hard) || Soft < -1 || Hard < -1) {
    refuse(`invalid ulimit ${Name}: ${Soft}:${Hard}`);
  }
  const conflict = ulimitConflict(Soft, Hard);
  if (conflict) refuse(conflict);
}

function ulimitWarnings(ulimits: readonly Ulimit[], host: HostFacts): string[] {
  return ulimits.flatMap(({ Name, Hard }) => {
    const ceiling = hardLimitCeiling(rlimitType(Name), host);
    return limitOf(Hard) > ceiling
      ? [`ulimit ${Name} is cut to ${ceiling}: the engine lacks CAP_SYS_RESOURCE to raise it above its own hard limit.`]
      : [];
  });
}

/** Warns about an OOM score below the engine's own, which needs CAP_SYS_RESOURCE. */
export function oomScoreWarnings({ OomScoreAdj = 0 }: HostConfig, host: HostFacts): string[] {
  return OomScoreAdj < host.oomScoreAdjust && !host.mayRaiseLimits
    ? ["The engine lacks CAP_SYS_RESOURCE to lower an OOM score. OomScoreAdj discarded."]
    : [];
}

function refuse(message: string): never {
  throw new BerthError("invalidParameter", message);
}
