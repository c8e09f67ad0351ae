// Computes a container's usage from a stats sample. Source: docker/cli, cli/command/container/stats_helpers.go.
import type { ContainerStats } from "../../../api/container-stats.ts";

export interface Usage {
  /** Seconds since 1970. */
  time: number;
  /** Percent of one CPU. */
  processor: number;
  /** Bytes, excluding page cache that can be dropped immediately. */
  memory: number;
  memoryLimit: number;
  /** Bytes since the container started. */
  received: number;
  sent: number;
  read: number;
  written: number;
  processes: number;
}

export function usageOf({
  read,
  cpu_stats,
  precpu_stats,
  memory_stats,
  networks,
  blkio_stats,
  pids_stats,
}: ContainerStats): Usage {
  const used = cpu_stats.cpu_usage.total_usage - precpu_stats.cpu_usage.total_usage;
  const passed = (cpu_stats.system_cpu_usage ?? 0) - (precpu_stats.system_cpu_usage ?? 0);
  const cache = memory_stats.stats?.inactive_file ?? memory_stats.stats?.total_inactive_file ?? 0;
  const interfaces = Object.values(networks ?? {});
  const transferred = (operation: string): number =>
    (blkio_stats.io_service_bytes_recursive ?? [])
      .filter(({ op }) => op.toLowerCase() === operation)
      .reduce((sum, { value }) => sum + value, 0);
  return {
    time: new Date(read).getTime() / 1000,
    processor: passed > 0 && used > 0 ? (used / passed) * (cpu_stats.online_cpus ?? 1) * 100 : 0,
    memory: Math.max(0, (memory_stats.usage ?? 0) - cache),
    memoryLimit: memory_stats.limit ?? 0,
    received: interfaces.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
    sent: interfaces.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
    read: transferred("read"),
    written: transferred("write"),
    processes: pids_stats.current ?? 0,
  };
}
