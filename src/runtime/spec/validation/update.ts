// `update`: applies changed limits and refuses conflicts with a container's existing ones.

import { BerthError } from "../../../api/errors.ts";
import type { HostConfiguration, Limits } from "../../../engine/containers/configuration/host-configuration.ts";

/** Zero, "" and empty lists mean no change, except that any limit of processes is a change. */
function isSaid([name, value]: [string, Limits[keyof Limits]]): boolean {
  if (name === "pidsLimit") return value !== undefined;
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/**
 * The limits of the container `id` with the requested ones.
 * @throws BerthError conflict in Docker's words
 */
export function updatedLimits(id: string, current: HostConfiguration, asked: Limits): HostConfiguration {
  const refuse = (reason: string): never => {
    throw new BerthError("conflict", `Cannot update container ${id}: ${reason}`);
  };
  const { memorySwap = 0, nanoCpus = 0, cpuPeriod = 0, cpuQuota = 0 } = current;
  if (asked.memory && memorySwap > 0 && asked.memory > memorySwap && !asked.memorySwap) {
    refuse("Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
  }
  if (asked.nanoCpus && cpuPeriod > 0) {
    refuse("Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set");
  }
  if (asked.nanoCpus && cpuQuota > 0) {
    refuse("Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set");
  }
  if (asked.cpuPeriod && nanoCpus > 0) {
    refuse("Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set");
  }
  if (asked.cpuQuota && nanoCpus > 0) {
    refuse("Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
  }
  const said: Limits = Object.fromEntries(Object.entries(asked).filter(isSaid));
  // Any negative number means unlimited, which is stored as 0.
  const { pidsLimit = 1 } = said;
  return { ...current, ...said, ...(pidsLimit < 0 ? { pidsLimit: 0 } : {}) };
}
