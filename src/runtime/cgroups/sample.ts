// One sample of a container's use of resources, and parsers for the kernel's formats.

export interface BlockIoEntry {
  major: number;
  minor: number;
  /** As the kernel names it. */
  operation: string;
  value: number;
}

/** Times are nanoseconds, sizes bytes. */
export interface CgroupSample {
  version: 1 | 2;
  pids: { current: number; limit?: number };
  blockIo: { bytes: BlockIoEntry[]; operations: BlockIoEntry[] };
  cpu: {
    total: number;
    /** Only in version 1. */
    perProcessor?: number[];
    kernel: number;
    user: number;
    throttling: { periods: number; throttledPeriods: number; throttledTime: number };
  };
  memory: {
    usage: number;
    /** Only in version 1. */
    maxUsage?: number;
    limit: number | undefined;
    /** How often the limit was hit. */
    failures: number;
    /** As the kernel names them. */
    counters: Record<string, number>;
  };
}

/** Reads a file of a cgroup; "" when it or the cgroup is not there. */
export type ReadCgroupFile = (file: string) => string;

/** Lines "name number" as numbers by name. */
export function namedNumbers(text: string): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const line of text.split("\n")) {
    const [name, value] = line.split(" ");
    if (name && value !== undefined) numbers[name] = Number(value);
  }
  return numbers;
}

/** A limit as the kernel writes it; undefined when there is none. */
export function limitOf(text: string): number | undefined {
  const trimmed = text.trim();
  return trimmed === "" || trimmed === "max" ? undefined : Number(trimmed);
}
