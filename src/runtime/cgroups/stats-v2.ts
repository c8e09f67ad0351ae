// A container's use of resources, from the files of cgroup version 2. Source: Documentation/admin-guide/cgroup-v2.rst of Linux.
import { type BlockIoEntry, type CgroupSample, limitOf, namedNumbers, type ReadCgroupFile } from "./sample.ts";

const NANOSECONDS_PER_MICROSECOND = 1000;

export function sample(read: ReadCgroupFile): CgroupSample {
  const cpu = namedNumbers(read("cpu.stat"));
  const time = (field: string): number => (cpu[field] ?? 0) * NANOSECONDS_PER_MICROSECOND;
  const pidsLimit = limitOf(read("pids.max"));
  return {
    version: 2,
    pids: { current: Number(read("pids.current")), ...(pidsLimit !== undefined && { limit: pidsLimit }) },
    blockIo: blockIo(read("io.stat")),
    cpu: {
      total: time("usage_usec"),
      kernel: time("system_usec"),
      user: time("user_usec"),
      throttling: {
        periods: cpu.nr_periods ?? 0,
        throttledPeriods: cpu.nr_throttled ?? 0,
        throttledTime: time("throttled_usec"),
      },
    },
    memory: {
      usage: Number(read("memory.current")),
      limit: limitOf(read("memory.max")),
      failures: namedNumbers(read("memory.events")).oom ?? 0,
      counters: namedNumbers(read("memory.stat")),
    },
  };
}

/** Lines "major:minor rbytes=1 wbytes=2 rios=3 wios=4 …". */
function blockIo(text: string): CgroupSample["blockIo"] {
  const bytes: BlockIoEntry[] = [];
  const operations: BlockIoEntry[] = [];
  for (const line of text.split("\n")) {
    const match = /^(\d+):(\d+) (.*)$/.exec(line);
    if (!match) continue;
    const [, major, minor, rest = ""] = match;
    const values = new Map(rest.split(" ").map((pair) => [pair.split("=")[0] ?? "", Number(pair.split("=")[1])]));
    const entry = (operation: string, field: string): BlockIoEntry => ({
      major: Number(major),
      minor: Number(minor),
      operation,
      value: values.get(field) ?? 0,
    });
    bytes.push(entry("read", "rbytes"), entry("write", "wbytes"));
    operations.push(entry("read", "rios"), entry("write", "wios"));
  }
  return { bytes, operations };
}
