// A container's use of resources, from the files of cgroup version 1. Source: Documentation/admin-guide/cgroup-v1 of Linux.
import { type BlockIoEntry, type CgroupSample, limitOf, namedNumbers, type ReadCgroupFile } from "./sample.ts";

const NANOSECONDS_PER_TICK = 1e7;

/** @param read gives the reader of one controller's files. */
export function sample(read: (controller: string) => ReadCgroupFile): CgroupSample {
  const [cpuacct, memory, pids] = [read("cpuacct"), read("memory"), read("pids")];
  const ticks = namedNumbers(cpuacct("cpuacct.stat"));
  const throttling = namedNumbers(read("cpu")("cpu.stat"));
  const pidsLimit = limitOf(pids("pids.max"));
  return {
    version: 1,
    pids: { current: Number(pids("pids.current")), ...(pidsLimit !== undefined && { limit: pidsLimit }) },
    blockIo: blockIo(read("blkio")),
    cpu: {
      total: Number(cpuacct("cpuacct.usage")),
      perProcessor: cpuacct("cpuacct.usage_percpu").trim().split(/\s+/).filter(Boolean).map(Number),
      kernel: (ticks.system ?? 0) * NANOSECONDS_PER_TICK,
      user: (ticks.user ?? 0) * NANOSECONDS_PER_TICK,
      throttling: {
        periods: throttling.nr_periods ?? 0,
        throttledPeriods: throttling.nr_throttled ?? 0,
        throttledTime: throttling.throttled_time ?? 0,
      },
    },
    memory: {
      usage: Number(memory("memory.usage_in_bytes")),
      maxUsage: Number(memory("memory.max_usage_in_bytes")),
      limit: limitOf(memory("memory.limit_in_bytes")),
      failures: Number(memory("memory.failcnt")),
      counters: namedNumbers(memory("memory.stat")),
    },
  };
}

/** Prefers the counters of the BFQ scheduler; without it the throttling layer counts everything. */
function blockIo(read: ReadCgroupFile): CgroupSample["blockIo"] {
  const table = (name: string): BlockIoEntry[] => {
    const scheduler = entries(read(`blkio.bfq.${name}_recursive`));
    if (scheduler.length > 0) return scheduler;
    return entries(read(`blkio.throttle.${name}_recursive`) || read(`blkio.throttle.${name}`));
  };
  return { bytes: table("io_service_bytes"), operations: table("io_serviced") };
}

/** Lines "major:minor operation value"; the total at the end has no device and is skipped. */
function entries(text: string): BlockIoEntry[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(\d+):(\d+) (\w+) (\d+)$/.exec(line);
    if (!match) return [];
    const [, major, minor, operation = "", value] = match;
    return [{ major: Number(major), minor: Number(minor), operation, value: Number(value) }];
  });
}
