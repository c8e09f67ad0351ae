// `stats`: what a container uses, sampled from its cgroup and its network interfaces.
import { readFileSync } from "node:fs";
import type { ContainerStats, CpuStats } from "../../../api/container-stats.ts";
import { NEVER, timestampNow } from "../../../api/time.ts";
import { isErrno } from "../../../linux/errno.ts";
import { blkioTables, type CgroupSample } from "../../../runtime/cgroups/sample.ts";
import type { Container } from "../container.ts";

const SAMPLE_INTERVAL_MILLISECONDS = 1_000;

const NO_CPU: CpuStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

/** The statistics of a container that does not run. */
const NOTHING: Omit<ContainerStats, "name" | "id"> = {
  read: NEVER,
  preread: NEVER,
  pids_stats: {},
  blkio_stats: blkioTables(null, null, null),
  num_procs: 0,
  storage_stats: {},
  cpu_stats: NO_CPU,
  precpu_stats: NO_CPU,
  memory_stats: {},
};

export class StatsSampler {
  private readonly sampleOf: (container: Container) => CgroupSample;

  constructor(sampleOf: (container: Container) => CgroupSample) {
    this.sampleOf = sampleOf;
  }

  /** One answer: a single sample with `oneShot`, else two, a second apart, for rates. */
  async once(container: Container, oneShot: boolean): Promise<ContainerStats> {
    const first = this.sample(container);
    if (oneShot || !container.isRunning) return first;
    await Bun.sleep(SAMPLE_INTERVAL_MILLISECONDS);
    return following(this.sample(container), first);
  }

  /** One sample per second as JSON lines, until the client disconnects or the container is removed. */
  async *stream(container: Container, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let previous: ContainerStats | undefined;
    while (!signal.aborted && !container.isRemoved) {
      const current = this.sample(container);
      yield Buffer.from(`${JSON.stringify(previous ? following(current, previous) : current)}\n`);
      previous = current;
      await Bun.sleep(SAMPLE_INTERVAL_MILLISECONDS);
    }
  }

  /** In the order in which Docker writes the fields. */
  private sample(container: Container): ContainerStats {
    const identity = { name: `/${container.spec.name}`, id: container.id };
    if (!container.isRunning) return { ...NOTHING, ...identity };
    const { pid } = container.run.process;
    const { pids_stats, blkio_stats, num_procs, cpu_stats, memory_stats } = this.sampleOf(container);
    const { failcnt, ...memory } = memory_stats;
    return {
      read: timestampNow(),
      preread: NEVER,
      pids_stats,
      blkio_stats,
      num_procs,
      storage_stats: {},
      cpu_stats,
      precpu_stats: NO_CPU,
      memory_stats: failcnt ? { ...memory, failcnt } : memory,
      ...identity,
      ...(container.spec.hostConfig.networkMode === "host" ? {} : { networks: networksOf(pid) }),
    };
  }
}

function following(current: ContainerStats, previous: ContainerStats): ContainerStats {
  return { ...current, preread: previous.read, precpu_stats: previous.cpu_stats };
}

/** The counters of the interfaces in the process's network namespace. Source: proc_pid_net(5), dev. */
function networksOf(pid: number): NonNullable<ContainerStats["networks"]> {
  const networks: NonNullable<ContainerStats["networks"]> = {};
  for (const line of readNetworkDevices(pid).split("\n").slice(2)) {
    const [name = "", counters = ""] = line.split(":");
    const interfaceName = name.trim();
    if (interfaceName === "" || interfaceName === "lo") continue;
    const numbers = counters.trim().split(/\s+/).map(Number);
    const [
      rx_bytes = 0,
      rx_packets = 0,
      rx_errors = 0,
      rx_dropped = 0,
      ,
      ,
      ,
      ,
      tx_bytes = 0,
      tx_packets = 0,
      tx_errors = 0,
      tx_dropped = 0,
    ] = numbers;
    networks[interfaceName] = {
      rx_bytes,
      rx_packets,
      rx_errors,
      rx_dropped,
      tx_bytes,
      tx_packets,
      tx_errors,
      tx_dropped,
    };
  }
  return networks;
}

function readNetworkDevices(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/net/dev`, "utf8");
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "EINVAL")) return ""; // The process has just ended.
    throw thrown;
  }
}
