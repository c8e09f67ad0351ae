// One sample of a container's use of resources, in the API's shape, and parsers for the kernel's formats.
import type { BlkioEntry, ContainerStats } from "../../api/container-stats.ts";

/** One sample; times are nanoseconds, sizes bytes. */
export type CgroupSample = Pick<
  ContainerStats,
  "pids_stats" | "blkio_stats" | "cpu_stats" | "memory_stats" | "num_procs"
>;

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

/** The tables of block I/O under Docker's names; those that the kernel has no file for are empty. */
export function blkioTables(
  bytes: BlkioEntry[] | null,
  operations: BlkioEntry[] | null,
  absent: BlkioEntry[] | null,
): Record<string, BlkioEntry[] | null> {
  return {
    io_service_bytes_recursive: bytes,
    io_serviced_recursive: operations?.length ? operations : absent,
    io_queue_recursive: absent,
    io_service_time_recursive: absent,
    io_wait_time_recursive: absent,
    io_merged_recursive: absent,
    io_time_recursive: absent,
    sectors_recursive: absent,
  };
}
