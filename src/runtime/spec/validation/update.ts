// `update`: applies changed limits and refuses conflicts with a container's existing ones.

import { BerthError } from "../../../api/errors.ts";
import type { HostConfig, Resources } from "../../../api/host-configuration.ts";

/** Zero, "" and empty lists mean no change, except that any PidsLimit is a change. */
function isSaid([name, value]: [string, Resources[keyof Resources]]): boolean {
  if (name === "PidsLimit") return value !== undefined;
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/**
 * The host configuration of the container `id` with the requested limits.
 * @throws BerthError conflict in Docker's words
 */
export function updatedLimits(id: string, current: HostConfig, asked: Resources): HostConfig {
  const refuse = (reason: string): never => {
    throw new BerthError("conflict", `Cannot update container ${id}: ${reason}`);
  };
  const { MemorySwap = 0, NanoCpus = 0, CpuPeriod = 0, CpuQuota = 0 } = current;
  if (asked.Memory && MemorySwap > 0 && asked.Memory > MemorySwap && !asked.MemorySwap) {
    refuse("Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
  }
  if (asked.NanoCpus && CpuPeriod > 0) {
    refuse("Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set");
  }
  if (asked.NanoCpus && CpuQuota > 0) {
    refuse("Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set");
  }
  if (asked.CpuPeriod && NanoCpus > 0) {
    refuse("Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set");
  }
  if (asked.CpuQuota && NanoCpus > 0) {
    refuse("Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
  }
  const said: HostConfig = Object.fromEntries(Object.entries(asked).filter(isSaid));
  // Any negative number means unlimited, which is stored as 0.
  const { PidsLimit = 1 } = said;
  return { ...current, ...said, ...(PidsLimit < 0 ? { PidsLimit: 0 } : {}) };
}
