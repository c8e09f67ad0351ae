// Validates limits and fills in their defaults for create and update, in Docker's words.

import { resourceOptions } from "../../../api/container-options.ts";
import { BerthError } from "../../../api/errors.ts";
import { MAX_INT64 } from "../../../api/integers.ts";
import { ULIMIT_NAMES, ulimitConflict } from "../../../api/ulimits.ts";
import type { HostConfiguration, Limits } from "../../../engine/containers/configuration/host-configuration.ts";
import type { Ulimit } from "../../../engine/containers/configuration/option-fields.ts";
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
  fields: readonly (keyof Limits)[];
  supported(host: HostFacts): boolean;
  warning: string;
}

const DISCARDS: readonly Discard[] = [
  {
    fields: ["memory", "memorySwap"],
    supported: ({ limits }) => limits.memory,
    warning: kernelLacks("memory limit capabilities or the cgroup is not mounted. Limitation discarded."),
  },
  {
    fields: ["memorySwap"],
    supported: ({ swapLimit }) => swapLimit,
    warning: kernelLacks("swap limit capabilities or the cgroup is not mounted. Memory limited without swap."),
  },
  {
    fields: ["memorySwappiness"],
    supported: ({ limits }) => limits.swappiness,
    warning: kernelLacks("memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded."),
  },
  {
    fields: ["memoryReservation"],
    supported: ({ limits }) => limits.memoryReservation,
    warning: kernelLacks("memory soft limit capabilities or the cgroup is not mounted. Limitation discarded."),
  },
  {
    fields: ["kernelMemory", "kernelMemoryTcp"],
    supported: () => false,
    warning: kernelLacks("kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded."),
  },
  {
    fields: ["oomKillDisable"],
    supported: ({ limits }) => limits.oomKillDisable,
    warning: kernelLacks("OomKillDisable. OomKillDisable discarded."),
  },
  {
    fields: ["pidsLimit"],
    supported: ({ limits }) => limits.pids,
    warning: kernelLacks("PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded."),
  },
  {
    fields: ["cpuShares"],
    supported: ({ limits }) => limits.cpuShares,
    warning: kernelLacks("CPU shares or the cgroup is not mounted. Shares discarded."),
  },
  {
    fields: ["cpuPeriod", "cpuQuota"],
    supported: ({ limits }) => limits.cpuQuota,
    warning: kernelLacks("CPU CFS scheduler. CPU period/quota discarded."),
  },
  {
    fields: ["cpuRealtimePeriod", "cpuRealtimeRuntime"],
    supported: ({ limits }) => limits.cpuRealtime,
    warning: kernelLacks("CPU real-time scheduler. CPU real-time period/runtime discarded."),
  },
  { fields: ["cpuPercent"], supported: () => false, warning: "linux does not support CPU percent. Percent discarded." },
  {
    fields: ["cpusetCpus", "cpusetMems"],
    supported: ({ limits }) => limits.cpuset,
    warning: kernelLacks("cpuset or the cgroup is not mounted. Cpuset discarded."),
  },
  {
    fields: ["blkioWeight"],
    supported: ({ limits }) => limits.blkioWeight,
    warning: kernelLacks("Block I/O weight or the cgroup is not mounted. Weight discarded."),
  },
  {
    fields: ["blkioWeightDevice"],
    supported: ({ limits }) => limits.blkioWeightDevice,
    warning: kernelLacks("Block I/O weight_device or the cgroup is not mounted. Weight-device discarded."),
  },
  throttle("blkioDeviceReadBps", "BPS Block I/O read limit", "Block I/O BPS read limit"),
  throttle("blkioDeviceWriteBps", "BPS Block I/O write limit", "Block I/O BPS write limit"),
  throttle("blkioDeviceReadIOps", "IOPS Block read limit", "Block I/O IOPS read limit"),
  throttle("blkioDeviceWriteIOps", "IOPS Block write limit", "Block I/O IOPS write limit"),
];

function kernelLacks(what: string): string {
  return `Your kernel does not support ${what}`;
}

function throttle(field: keyof Limits, what: string, discarded: string): Discard {
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
export function validateResources(limits: Limits, host: HostFacts, update = false): string[] {
  checkProcessorConflicts(limits);
  checkBounds(resourceOptions, limits);
  checkMemory(limits, update);
  checkProcessors(limits, host);
  checkBlockIo(limits, host);
  (limits.ulimits ?? []).forEach(checkUlimit);
  const warnings = DISCARDS.filter((discard) => isDiscarded(discard, limits, host)).map(({ warning }) => warning);
  if (limits.oomKillDisable && host.limits.oomKillDisable && !limits.memory) {
    warnings.push(
      "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.",
    );
  }
  return [...warnings, ...ulimitWarnings(limits.ulimits ?? [], host)];
}

/** The effective limits: without unsupported ones, and with swap defaulting to twice the memory. */
export function completeResources<T extends Limits>(limits: T, host: HostFacts): T {
  const complete = { ...limits };
  if (complete.memory && complete.memory > 0 && !complete.memorySwap) {
    complete.memorySwap = Math.min(complete.memory * 2, MAX_INT64);
  }
  for (const discard of DISCARDS) {
    if (!isDiscarded(discard, complete, host)) continue;
    for (const field of discard.fields) delete complete[field];
  }
  return complete;
}

function isDiscarded(discard: Discard, limits: Limits, host: HostFacts): boolean {
  return !discard.supported(host) && discard.fields.some((field) => isSet(limits[field]));
}

/** Whether a value is a limit: 0, "", false, an empty list and -1 (unlimited) are not. */
function isSet(value: Limits[keyof Limits]): boolean {
  return Array.isArray(value) ? value.length > 0 : typeof value === "number" ? value > 0 : Boolean(value);
}

function checkMemory(limits: Limits, update: boolean): void {
  const { memory = 0, memorySwap = 0, memoryReservation = 0, memorySwappiness } = limits;
  if (memory > 0 && memorySwap > 0 && memorySwap < memory) {
    refuse("Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (memory === 0 && memorySwap > 0 && !update) {
    refuse("You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  // The command line sends -1 by default.
  if (memorySwappiness !== undefined && (memorySwappiness < -1 || memorySwappiness > 100)) {
    refuse(`Invalid value: ${memorySwappiness}, valid memory swappiness range is 0-100`);
  }
  if (memoryReservation > 0 && memoryReservation < MINIMUM_MEMORY) refuse("Minimum memory reservation allowed is 6MB");
  if (memory > 0 && memoryReservation > memory) {
    refuse("Minimum memory limit can not be less than memory reservation limit, see usage");
  }
}

function checkProcessorConflicts({ nanoCpus = 0, cpuPeriod = 0, cpuQuota = 0 }: Limits): void {
  if (nanoCpus > 0 && cpuPeriod > 0) refuse("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  if (nanoCpus > 0 && cpuQuota > 0) refuse("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
}

function checkProcessors(limits: Limits, host: HostFacts): void {
  const { nanoCpus = 0, cpuQuota = 0, cpusetCpus = "", cpusetMems = "" } = limits;
  const count = host.processors.length;
  if (nanoCpus > 0 && !host.limits.cpuQuota) {
    refuse("NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted");
  }
  if (nanoCpus < 0 || (nanoCpus > 0 && nanoCpus < MINIMUM_NANO_CPUS) || nanoCpus > count * NANO_CPUS_PER_CPU) {
    refuse(`range of CPUs is from 0.01 to ${count}.00, as there are only ${count} CPUs available`);
  }
  if (cpuQuota > 0 && cpuQuota < 1000) refuse("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  checkSet(cpusetCpus, host.processors, "cpuset cpus", "CPUs");
  checkSet(cpusetMems, host.memoryNodes, "cpuset mems", "memory nodes");
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

function checkBlockIo(limits: Limits, host: HostFacts): void {
  const { blkioWeight = 0, ioMaximumBandwidth = 0, ioMaximumIops = 0 } = limits;
  if (host.limits.blkioWeight && blkioWeight !== 0 && (blkioWeight < 10 || blkioWeight > 1000))
    refuse("Range of blkio weight is from 10 to 1000");
  if (ioMaximumBandwidth !== 0 || ioMaximumIops !== 0) {
    refuse("Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps");
  }
}

function checkUlimit({ name, soft, hard }: Ulimit): void {
  if (!KNOWN_ULIMITS.has(name)) refuse(`invalid ulimit type: ${name}`);
  if (!Number.isInteger(soft) || !Number.isInteger(hard) || soft < -1 || hard < -1) {
    refuse(`invalid ulimit ${name}: ${soft}:${hard}`);
  }
  const conflict = ulimitConflict(soft, hard);
  if (conflict) refuse(conflict);
}

function ulimitWarnings(ulimits: readonly Ulimit[], host: HostFacts): string[] {
  return ulimits.flatMap(({ name, hard }) => {
    const ceiling = hardLimitCeiling(rlimitType(name), host);
    return limitOf(hard) > ceiling
      ? [`ulimit ${name} is cut to ${ceiling}: the engine lacks CAP_SYS_RESOURCE to raise it above its own hard limit.`]
      : [];
  });
}

/** Warns about an OOM score below the engine's own, which needs CAP_SYS_RESOURCE. */
export function oomScoreWarnings({ oomScoreAdj = 0 }: HostConfiguration, host: HostFacts): string[] {
  return oomScoreAdj < host.oomScoreAdjust && !host.mayRaiseLimits
    ? ["The engine lacks CAP_SYS_RESOURCE to lower an OOM score. OomScoreAdj discarded."]
    : [];
}

function refuse(message: string): never {
  throw new BerthError("invalidParameter", message);
}
