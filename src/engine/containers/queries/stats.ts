// `stats`: what a container uses, sampled from its cgroup and its network interfaces.
import { readFileSync } from "node:fs";
import { timestampNow } from "../../../api/time.ts";
import { isErrno } from "../../../linux/errno.ts";
import type { HostSample } from "../../../runtime/cgroups/cgroups.ts";
import type { Container } from "../container.ts";

const SAMPLE_INTERVAL_MILLISECONDS = 1_000;

/** What an interface has received or sent. */
export interface InterfaceCounters {
  bytes: number;
  packets: number;
  errors: number;
  dropped: number;
}

/** What a running container used at one moment. */
export interface StatsSample extends HostSample {
  /** RFC 3339. */
  at: string;
  /** By name in the container; absent with the host's network. */
  interfaces: Record<string, { received: InterfaceCounters; sent: InterfaceCounters }> | undefined;
}

export interface ContainerStats {
  id: string;
  name: string;
  /** Absent while the container does not run. */
  sample: StatsSample | undefined;
  /** The sample before it, for rates. */
  previous: StatsSample | undefined;
}

export class StatsSampler {
  private readonly sampleOf: (container: Container) => HostSample;

  constructor(sampleOf: (container: Container) => HostSample) {
    this.sampleOf = sampleOf;
  }

  /** One answer: a single sample with `oneShot`, else the second of two, a second apart. */
  async once(container: Container, oneShot: boolean): Promise<ContainerStats> {
    const first = this.sample(container);
    if (oneShot || first === undefined) return statsOf(container, first, undefined);
    await Bun.sleep(SAMPLE_INTERVAL_MILLISECONDS);
    return statsOf(container, this.sample(container), first);
  }

  /** One sample per second, until the client disconnects or the container is removed. */
  async *stream(container: Container, signal: AbortSignal): AsyncGenerator<ContainerStats> {
    let previous: StatsSample | undefined;
    while (!signal.aborted && !container.isRemoved) {
      const current = this.sample(container);
      yield statsOf(container, current, previous);
      previous = current;
      await Bun.sleep(SAMPLE_INTERVAL_MILLISECONDS);
    }
  }

  private sample(container: Container): StatsSample | undefined {
    if (!container.isRunning) return undefined;
    const { pid } = container.run.process;
    const interfaces = container.spec.hostConfig.networkMode === "host" ? undefined : interfacesOf(pid);
    return { ...this.sampleOf(container), at: timestampNow(), interfaces };
  }
}

function statsOf(
  { id, spec }: Container,
  sample: StatsSample | undefined,
  previous: StatsSample | undefined,
): ContainerStats {
  return { id, name: spec.name, sample, previous };
}

/** The counters of the interfaces in the process's network namespace. Source: proc_pid_net(5), dev. */
function interfacesOf(pid: number): NonNullable<StatsSample["interfaces"]> {
  const interfaces: NonNullable<StatsSample["interfaces"]> = {};
  for (const line of readNetworkDevices(pid).split("\n").slice(2)) {
    const [name = "", counters = ""] = line.split(":");
    const interfaceName = name.trim();
    if (interfaceName === "" || interfaceName === "lo") continue;
    const numbers = counters.trim().split(/\s+/).map(Number);
    interfaces[interfaceName] = { received: countersOf(numbers), sent: countersOf(numbers.slice(SENT_COLUMN)) };
  }
  return interfaces;
}

/** Each direction has eight columns. */
const SENT_COLUMN = 8;

function countersOf([bytes = 0, packets = 0, errors = 0, dropped = 0]: readonly number[]): InterfaceCounters {
  return { bytes, packets, errors, dropped };
}

function readNetworkDevices(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/net/dev`, "utf8");
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "EINVAL")) return ""; // The process has just ended.
    throw thrown;
  }
}
