// A container's use of resources, from the files of cgroup version 2. Source: Documentation/admin-guide/cgroup-v2.rst of Linux.
import type { BlkioEntry } from "../../api/container-stats.ts";
import { blkioTables, type CgroupSample, limitOf, namedNumbers, type ReadCgroupFile } from "./sample.ts";

const NANOSECONDS_PER_MICROSECOND = 1000;

export function sample(read: ReadCgroupFile): Omit<CgroupSample, "num_procs"> {
  const cpu = namedNumbers(read("cpu.stat"));
  const time = (field: string): number => (cpu[field] ?? 0) * NANOSECONDS_PER_MICROSECOND;
  const pidsLimit = limitOf(read("pids.max"));
  return {
    pids_stats: { current: Number(read("pids.current")), ...(pidsLimit !== undefined && { limit: pidsLimit }) },
    blkio_stats: blockIo(read("io.stat")),
    cpu_stats: {
      cpu_usage: {
        total_usage: time("usage_usec"),
        usage_in_kernelmode: time("system_usec"),
        usage_in_usermode: time("user_usec"),
      },
      throttling_data: {
        periods: cpu.nr_periods ?? 0,
        throttled_periods: cpu.nr_throttled ?? 0,
        throttled_time: time("throttled_usec"),
      },
    },
    memory_stats: {
      usage: Number(read("memory.current")),
      limit: limitOf(read("memory.max")),
      failcnt: namedNumbers(read("memory.events")).oom ?? 0,
      stats: namedNumbers(read("memory.stat")),
    },
  };
}

/** Lines "major:minor rbytes=1 wbytes=2 rios=3 wios=4 …". */
function blockIo(text: string): Record<string, BlkioEntry[] | null> {
  const bytes: BlkioEntry[] = [];
  const operations: BlkioEntry[] = [];
  for (const line of text.split("\n")) {
    const match = /^(\d+):(\d+) (.*)$/.exec(line);
    if (!match) continue;
    const [, major, minor, rest = ""] = match;
    const values = new Map(rest.split(" ").map((pair) => [pair.split("=")[0] ?? "", Number(pair.split("=")[1])]));
    const entry = (op: string, field: string): BlkioEntry => ({
      major: Number(major),
      minor: Number(minor),
      op,
      value: values.get(field) ?? 0,
    });
    bytes.push(entry("read", "rbytes"), entry("write", "wbytes"));
    operations.push(entry("read", "rios"), entry("write", "wios"));
  }
  return blkioTables(bytes, operations, null);
}
