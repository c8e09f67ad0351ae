// A container's use of resources, from the files of cgroup version 1. Source: Documentation/admin-guide/cgroup-v1 of Linux.
import type { BlkioEntry } from "../../api/container-stats.ts";
import { blkioTables, type CgroupSample, limitOf, namedNumbers, type ReadCgroupFile } from "./sample.ts";

const NANOSECONDS_PER_TICK = 1e7;

/** @param read gives the reader of one controller's files. */
export function sample(read: (controller: string) => ReadCgroupFile): Omit<CgroupSample, "num_procs"> {
  const [cpuacct, memory, pids] = [read("cpuacct"), read("memory"), read("pids")];
  const ticks = namedNumbers(cpuacct("cpuacct.stat"));
  const throttling = namedNumbers(read("cpu")("cpu.stat"));
  const pidsLimit = limitOf(pids("pids.max"));
  return {
    pids_stats: { current: Number(pids("pids.current")), ...(pidsLimit !== undefined && { limit: pidsLimit }) },
    blkio_stats: blockIo(read("blkio")),
    cpu_stats: {
      cpu_usage: {
        total_usage: Number(cpuacct("cpuacct.usage")),
        percpu_usage: cpuacct("cpuacct.usage_percpu").trim().split(/\s+/).filter(Boolean).map(Number),
        usage_in_kernelmode: (ticks.system ?? 0) * NANOSECONDS_PER_TICK,
        usage_in_usermode: (ticks.user ?? 0) * NANOSECONDS_PER_TICK,
      },
      throttling_data: {
        periods: throttling.nr_periods ?? 0,
        throttled_periods: throttling.nr_throttled ?? 0,
        throttled_time: throttling.throttled_time ?? 0,
      },
    },
    memory_stats: {
      usage: Number(memory("memory.usage_in_bytes")),
      max_usage: Number(memory("memory.max_usage_in_bytes")),
      limit: limitOf(memory("memory.limit_in_bytes")),
      failcnt: Number(memory("memory.failcnt")),
      stats: namedNumbers(memory("memory.stat")),
    },
  };
}

/** Prefers the counters of the BFQ scheduler; without it the throttling layer counts everything. */
function blockIo(read: ReadCgroupFile): Record<string, BlkioEntry[] | null> {
  const table = (name: string): BlkioEntry[] => {
    const scheduler = entries(read(`blkio.bfq.${name}_recursive`));
    if (scheduler.length > 0) return scheduler;
    return entries(read(`blkio.throttle.${name}_recursive`) || read(`blkio.throttle.${name}`));
  };
  return blkioTables(table("io_service_bytes"), table("io_serviced"), []);
}

/** Lines "major:minor operation value"; the total at the end has no device and is skipped. */
function entries(text: string): BlkioEntry[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(\d+):(\d+) (\w+) (\d+)$/.exec(line);
    if (!match) return [];
    const [, major, minor, op = "", value] = match;
    return [{ major: Number(major), minor: Number(minor), op, value: Number(value) }];
  });
}
