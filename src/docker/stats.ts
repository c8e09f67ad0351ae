// Renders samples of resource usage as Docker's `stats` does.
import type { BlkioEntry, CpuStats, ContainerStats as DockerStats } from "../api/container-stats.ts";
import { NEVER } from "../api/time.ts";
import type { ContainerStats, StatsSample } from "../engine/index.ts";

const NO_CPU: CpuStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

/** In the order in which Docker writes the fields. */
export function dockerStats({ id, name, sample, previous }: ContainerStats): DockerStats {
  return {
    read: sample?.at ?? NEVER,
    preread: previous?.at ?? NEVER,
    pids_stats: sample?.pids ?? {},
    blkio_stats: blkioTables(sample),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: sample ? cpuStats(sample) : NO_CPU,
    precpu_stats: previous ? cpuStats(previous) : NO_CPU,
    memory_stats: sample ? memoryStats(sample) : {},
    name: `/${name}`,
    id,
    ...(sample?.interfaces ? { networks: networkStats(sample.interfaces) } : {}),
  };
}

function cpuStats({ cpu, host }: StatsSample): CpuStats {
  const { total, perProcessor, kernel, user, throttling } = cpu;
  return {
    cpu_usage: {
      total_usage: total,
      ...(perProcessor ? { percpu_usage: perProcessor } : {}),
      usage_in_kernelmode: kernel,
      usage_in_usermode: user,
    },
    throttling_data: {
      periods: throttling.periods,
      throttled_periods: throttling.throttledPeriods,
      throttled_time: throttling.throttledTime,
    },
    system_cpu_usage: host.cpuTime,
    online_cpus: host.processors,
  };
}

function memoryStats({ memory }: StatsSample): DockerStats["memory_stats"] {
  const { usage, maxUsage, limit, failures, counters } = memory;
  return {
    usage,
    ...(maxUsage === undefined ? {} : { max_usage: maxUsage }),
    ...(limit === undefined ? {} : { limit }),
    stats: counters,
    ...(failures > 0 ? { failcnt: failures } : {}),
  };
}

/** Tables that the kernel has no file for are empty in version 1 of cgroups, and null in version 2. */
function blkioTables(sample: StatsSample | undefined): DockerStats["blkio_stats"] {
  const absent = sample?.version === 1 ? [] : null;
  const table = (entries: StatsSample["blockIo"]["bytes"]): BlkioEntry[] =>
    entries.map(({ major, minor, operation, value }) => ({ major, minor, op: operation, value }));
  const { bytes, operations } = sample?.blockIo ?? {};
  return {
    io_service_bytes_recursive: bytes ? table(bytes) : null,
    io_serviced_recursive: operations?.length ? table(operations) : absent,
    io_queue_recursive: absent,
    io_service_time_recursive: absent,
    io_wait_time_recursive: absent,
    io_merged_recursive: absent,
    io_time_recursive: absent,
    sectors_recursive: absent,
  };
}

function networkStats(interfaces: NonNullable<StatsSample["interfaces"]>): NonNullable<DockerStats["networks"]> {
  return Object.fromEntries(
    Object.entries(interfaces).map(([name, { received, sent }]) => [
      name,
      {
        rx_bytes: received.bytes,
        rx_packets: received.packets,
        rx_errors: received.errors,
        rx_dropped: received.dropped,
        tx_bytes: sent.bytes,
        tx_packets: sent.packets,
        tx_errors: sent.errors,
        tx_dropped: sent.dropped,
      },
    ]),
  );
}
