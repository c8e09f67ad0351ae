// One sample of a container's resource usage, and its formatting.
import type { ContainerStats } from "../../../api/container-stats.ts";
import type { ListFormat } from "../list-format.ts";
import { binarySize, humanSize, shortId } from "../units.ts";

const UNKNOWN = "--";

export interface Sample {
  /** The name given on the command line. */
  container: string;
  id: string;
  name: string;
  /** undefined before the first sample. */
  usage: Usage | undefined;
}

/** In bytes and percent. */
interface Usage {
  cpu: number;
  memory: number;
  memoryLimit: number;
  received: number;
  sent: number;
  read: number;
  written: number;
  processes: number;
}

/** CPU usage between two samples; 100 means one full CPU. */
function cpuShare(stats: ContainerStats, previous: ContainerStats | undefined): number {
  const before = previous?.cpu_stats ?? stats.precpu_stats;
  const used = stats.cpu_stats.cpu_usage.total_usage - (before.cpu_usage?.total_usage ?? 0);
  const passed = (stats.cpu_stats.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  const processors = stats.cpu_stats.online_cpus || stats.cpu_stats.cpu_usage.percpu_usage?.length || 0;
  return used > 0 && passed > 0 ? (used / passed) * processors * 100 : 0;
}

/** Memory usage without reclaimable page cache. */
function memoryUse({ usage = 0, stats = {} }: ContainerStats["memory_stats"]): number {
  const inactive = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return inactive < usage ? usage - inactive : usage;
}

function blockBytes({ blkio_stats }: ContainerStats, operation: "r" | "w"): number {
  const entries = blkio_stats?.io_service_bytes_recursive ?? [];
  return entries
    .filter(({ op }) => op.toLowerCase().startsWith(operation))
    .reduce((total, { value }) => total + value, 0);
}

/** An empty sample, as sent for a stopped container, has no usage. */
export function sampleOf(container: string, stats: ContainerStats | undefined, previous?: ContainerStats): Sample {
  const id = stats?.id ?? "";
  const name = stats?.name?.replace(/^\//, "") ?? "";
  if (!stats || stats.memory_stats === undefined) return { container, id, name, usage: undefined };
  const networks = Object.values(stats.networks ?? {});
  const usage = {
    cpu: cpuShare(stats, previous),
    memory: memoryUse(stats.memory_stats),
    memoryLimit: stats.memory_stats.limit ?? 0,
    received: networks.reduce((total, { rx_bytes }) => total + rx_bytes, 0),
    sent: networks.reduce((total, { tx_bytes }) => total + tx_bytes, 0),
    read: blockBytes(stats, "r"),
    written: blockBytes(stats, "w"),
    processes: stats.pids_stats?.current ?? 0,
  };
  return { container, id, name, usage };
}

const headers = {
  Container: "CONTAINER",
  ID: "CONTAINER ID",
  Name: "NAME",
  CPUPerc: "CPU %",
  MemUsage: "MEM USAGE / LIMIT",
  MemPerc: "MEM %",
  NetIO: "NET I/O",
  BlockIO: "BLOCK I/O",
  PIDs: "PIDS",
};

function shown(usage: Usage | undefined, show: (usage: Usage) => string, unknown = UNKNOWN): string {
  return usage === undefined ? unknown : show(usage);
}

export function statsList(short: boolean): ListFormat<Sample> {
  const pair = `${UNKNOWN} / ${UNKNOWN}`;
  return {
    typeName: "*container.statsContext",
    columns: ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"],
    headers,
    row: ({ container, id, name, usage }) => ({
      Container: () => container,
      ID: () => (short ? shortId(id) : id),
      Name: () => name || UNKNOWN,
      CPUPerc: () => shown(usage, ({ cpu }) => `${cpu.toFixed(2)}%`),
      MemUsage: () =>
        shown(usage, ({ memory, memoryLimit }) => `${binarySize(memory)} / ${binarySize(memoryLimit)}`, pair),
      MemPerc: () =>
        shown(
          usage,
          ({ memory, memoryLimit }) => `${(memoryLimit > 0 ? (memory / memoryLimit) * 100 : 0).toFixed(2)}%`,
        ),
      NetIO: () => shown(usage, ({ received, sent }) => `${humanSize(received, 3)} / ${humanSize(sent, 3)}`, pair),
      BlockIO: () => shown(usage, ({ read, written }) => `${humanSize(read, 3)} / ${humanSize(written, 3)}`, pair),
      PIDs: () => shown(usage, ({ processes }) => String(processes)),
    }),
  };
}
