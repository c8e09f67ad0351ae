// The control groups of running containers: their processes, their use of resources, freezing and killing.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../../linux/errno.ts";
import { sendSignal } from "../../linux/process.ts";
import { SIGKILL } from "../../linux/signals.ts";
import type { CgroupLayout } from "./layout.ts";
import type { CgroupSample, ReadCgroupFile } from "./sample.ts";
import * as version1 from "./stats-v1.ts";
import * as version2 from "./stats-v2.ts";

const NANOSECONDS_PER_TICK = 1e7;
/** user, nice, system, idle, iowait, irq and softirq of /proc/stat: what Docker counts. */
const COUNTED_CPU_FIELDS = 7;

/** A sample beside what the host uses. */
export interface HostSample extends CgroupSample {
  /** Nanoseconds of all processors. */
  host: { cpuTime: number; processors: number };
}

export class Cgroups {
  private readonly layout: CgroupLayout;
  private readonly hostMemory: number;
  private readonly processors: number;

  /** @param host its memory in bytes, which caps every limit, and its processors */
  constructor(layout: CgroupLayout, host: { memory: number; processors: readonly number[] }) {
    this.layout = layout;
    this.hostMemory = host.memory;
    this.processors = host.processors.length;
  }

  /** The host's process ids of everything in the cgroup at `path` ("/berth/<id>") and below. */
  processesOf(path: string): number[] {
    const controllers = this.layout.version === 1 ? ["pids", "memory", "devices", "freezer", "cpu"] : [""];
    const mounts = controllers.map((controller) => this.mountOf(controller));
    const mount = mounts.find((candidate) => candidate !== undefined);
    return mount === undefined ? [] : processesBelow(join(mount, path));
  }

  /** A sample with memory limits as the host has them. */
  sampleOf(path: string): HostSample {
    const read =
      (controller: string): ReadCgroupFile =>
      (file) => {
        const mount = this.mountOf(controller);
        return mount === undefined ? "" : readOrEmpty(join(mount, path, file));
      };
    const sample = this.layout.version === 1 ? version1.sample(read) : version2.sample(read(""));
    const { limit = this.hostMemory } = sample.memory;
    return {
      ...sample,
      memory: { ...sample.memory, limit: Math.min(limit, this.hostMemory) },
      host: { cpuTime: hostCpuTime(), processors: this.processors },
    };
  }

  /** Removes the limit of processor time; the period stays. */
  liftCpuQuota(path: string): void {
    const mount = this.mountOf("cpu");
    if (mount === undefined) return;
    if (this.layout.version === 1) {
      writeIfPresent(join(mount, path, "cpu.cfs_quota_us"), "-1");
      return;
    }
    const file = join(mount, path, "cpu.max");
    const [, period = ""] = readOrEmpty(file).trim().split(" ");
    writeIfPresent(file, `max ${period}`.trim());
  }

  /** Removes the limit of processes. */
  liftPidsLimit(path: string): void {
    const mount = this.mountOf("pids");
    if (mount !== undefined) writeIfPresent(join(mount, path, "pids.max"), "max");
  }

  /** Whether the cgroup itself is frozen or freezing; a frozen parent does not count. */
  isFrozen(path: string): boolean {
    const [file] = this.freezerFiles;
    const mount = this.mountOf("freezer");
    return mount !== undefined && readOrEmpty(join(mount, path, file)).trim() === "1";
  }

  thaw(path: string): void {
    const [, file, value] = this.freezerFiles;
    const mount = this.mountOf("freezer");
    if (mount !== undefined) writeIfPresent(join(mount, path, file), value);
  }

  /** Kills everything in the cgroup and below, frozen or not. The processes end a little later. */
  kill(path: string): void {
    this.thaw(path);
    // Since Linux 5.14; it also catches what is forked meanwhile.
    if (this.layout.version === 2 && writeIfPresent(join(this.layout.mount, path, "cgroup.kill"), "1")) return;
    for (const pid of this.processesOf(path)) sendSignal(pid, SIGKILL);
  }

  /** The file that tells whether a cgroup is frozen, the one that thaws it, and what is written there. */
  private get freezerFiles(): readonly [state: string, control: string, thawed: string] {
    return this.layout.version === 1
      ? ["freezer.self_freezing", "freezer.state", "THAWED"]
      : ["cgroup.freeze", "cgroup.freeze", "0"];
  }

  /** Where the tree of a version 1 controller is mounted, or the one tree of version 2. */
  private mountOf(controller: string): string | undefined {
    return this.layout.version === 1 ? this.layout.mounts.get(controller) : this.layout.mount;
  }
}

function processesBelow(directory: string): number[] {
  const own = readOrEmpty(join(directory, "cgroup.procs")).split("\n").filter(Boolean).map(Number);
  return [...own, ...subdirectories(directory).flatMap((name) => processesBelow(join(directory, name)))];
}

/** @returns whether the file exists */
function writeIfPresent(path: string, value: string): boolean {
  try {
    writeFileSync(path, value, { flag: "r+" });
    return true;
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENODEV")) return false;
    throw thrown;
  }
}

function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return [];
    throw thrown;
  }
}

/** Reading a file of a cgroup that was just removed fails with ENODEV. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENODEV", "EOPNOTSUPP")) return "";
    throw thrown;
  }
}

/** The CPU time of all processors, idle or not, in nanoseconds. */
function hostCpuTime(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
  const fields = line
    .trim()
    .split(/\s+/)
    .slice(1, COUNTED_CPU_FIELDS + 1);
  return fields.reduce((sum, ticks) => sum + Number(ticks), 0) * NANOSECONDS_PER_TICK;
}
