// Facts about the host that specs and validation depend on, read once when the daemon starts.
import { existsSync, readFileSync } from "node:fs";
import { arch, release, totalmem } from "node:os";
import { type CgroupLayout, readCgroupLayout } from "../cgroups/layout.ts";
import { type LimitSupport, readLimitSupport } from "../cgroups/support.ts";
import { capabilitiesOfMask } from "./capabilities.ts";

export interface HostFacts {
  /** Node's name of the processor architecture: "x64", "arm64". */
  architecture: string;
  /** Of the running kernel: 6.18.44 is [6, 18]. */
  kernel: readonly [number, number];
  /** The daemon's capability bounding set. */
  capabilities: readonly string[];
  /** The daemon's own hard limits by OCI name ("RLIMIT_NOFILE"); Infinity is unlimited. */
  hardLimits: ReadonlyMap<string, number>;
  oomScoreAdjust: number;
  /** Processors, by number, and NUMA nodes that are online. */
  processors: readonly number[];
  memoryNodes: readonly number[];
  /** Bytes. */
  memory: number;
  cgroup: CgroupLayout;
  /** Whether swap accounting is enabled. */
  swapLimit: boolean;
  limits: LimitSupport;
  seccomp: boolean;
  appArmor: boolean;
  /** All capabilities the kernel has may be wider than what the daemon holds; this one decides rlimits and OOM scores. */
  mayRaiseLimits: boolean;
}

export function readHostFacts(): HostFacts {
  const cgroup = readCgroupLayout();
  const capabilities = capabilitiesOfMask(BigInt(`0x${statusField("CapBnd") ?? "0"}`));
  return {
    architecture: arch(),
    kernel: kernelVersionOf(release()),
    capabilities,
    hardLimits: hardLimitsOf(readFileSync("/proc/self/limits", "utf8")),
    oomScoreAdjust: Number(readFileSync("/proc/self/oom_score_adj", "utf8")),
    processors: numbersOfList(readFileSync("/sys/devices/system/cpu/online", "utf8")),
    memoryNodes: memoryNodes(),
    memory: totalmem(),
    cgroup,
    swapLimit: hasSwapLimit(cgroup),
    limits: readLimitSupport(cgroup),
    seccomp: statusField("Seccomp") !== undefined,
    appArmor: appArmorEnabled(),
    mayRaiseLimits: capabilities.includes("CAP_SYS_RESOURCE"),
  };
}

export function kernelVersionOf(text: string): readonly [number, number] {
  const [major = 0, minor = 0] = text.split(/[.-]/).map(Number);
  return [major, minor];
}

/** Parses "0-2,5" to [0, 1, 2, 5]; undefined when invalid. */
export function parseNumberList(text: string): number[] | undefined {
  const numbers: number[] = [];
  for (const part of text.trim().split(",")) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim());
    if (!match) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return undefined;
    for (let number = first; number <= last; number++) numbers.push(number);
  }
  return numbers;
}

function numbersOfList(text: string): number[] {
  return parseNumberList(text) ?? [0];
}

function memoryNodes(): number[] {
  const path = "/sys/devices/system/node/online";
  return existsSync(path) ? numbersOfList(readFileSync(path, "utf8")) : [0];
}

const LIMIT_NAMES: Readonly<Record<string, string>> = {
  "Max cpu time": "RLIMIT_CPU",
  "Max file size": "RLIMIT_FSIZE",
  "Max data size": "RLIMIT_DATA",
  "Max stack size": "RLIMIT_STACK",
  "Max core file size": "RLIMIT_CORE",
  "Max resident set": "RLIMIT_RSS",
  "Max processes": "RLIMIT_NPROC",
  "Max open files": "RLIMIT_NOFILE",
  "Max locked memory": "RLIMIT_MEMLOCK",
  "Max address space": "RLIMIT_AS",
  "Max file locks": "RLIMIT_LOCKS",
  "Max pending signals": "RLIMIT_SIGPENDING",
  "Max msgqueue size": "RLIMIT_MSGQUEUE",
  "Max nice priority": "RLIMIT_NICE",
  "Max realtime priority": "RLIMIT_RTPRIO",
  "Max realtime timeout": "RLIMIT_RTTIME",
};

export function hardLimitsOf(limits: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of limits.split("\n")) {
    const [title = "", , hard = ""] = line.split(/\s{2,}/);
    const name = LIMIT_NAMES[title];
    if (name) found.set(name, hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard));
  }
  return found;
}

function statusField(name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1];
}

function hasSwapLimit(cgroup: CgroupLayout): boolean {
  if (cgroup.version === 2) return cgroup.controllers.has("memory");
  const memory = cgroup.mounts.get("memory");
  return memory !== undefined && existsSync(`${memory}/memory.memsw.limit_in_bytes`);
}

function appArmorEnabled(): boolean {
  const path = "/sys/module/apparmor/parameters/enabled";
  return existsSync(path) && readFileSync(path, "utf8").startsWith("Y");
}
