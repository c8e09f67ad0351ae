// What this host lacks, in plain words: what is missing, what follows from it, and the command that mends it.
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { release } from "node:os";
import type { HostFacts } from "../runtime/spec/host.ts";
import type { EngineConfig } from "./config.ts";

export interface HostFinding {
  /** "error": containers cannot run; "warning": something works less well. */
  severity: "error" | "warning";
  problem: string;
  consequence: string;
  fix: string;
}

/** The name under which cgroup version 2 is mounted beside version 1. */
const UNIFIED_BESIDE_V1 = "/sys/fs/cgroup/unified";
const OVERLAY_MAGIC = 0x794c7630;
const NFS_MAGIC = 0x6969;
const OLDEST_KERNEL: readonly [number, number] = [5, 6];

type Check = (host: HostFacts, config: EngineConfig) => (HostFinding | undefined)[];

/** Everything found wanting, the worst first. */
export function checkHost(host: HostFacts, config: EngineConfig): HostFinding[] {
  const findings = checks.flatMap((check) => check(host, config)).filter((finding) => finding !== undefined);
  return findings.toSorted((left, right) => left.severity.localeCompare(right.severity));
}

/** A finding as one line, as `info` shows it. */
export function findingLine({ problem, consequence, fix }: HostFinding): string {
  return `${problem}: ${consequence}. Fix: ${fix}`;
}

const checks: Check[] = [
  privileges,
  kernel,
  programs,
  controlGroups,
  hybridControlGroups,
  limitsSupport,
  storage,
  packetFilter,
  forwarding,
  confinement,
];

function privileges(host: HostFacts): (HostFinding | undefined)[] {
  const missing = ["CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_MKNOD", "CAP_CHOWN"].filter(
    (name) => !host.capabilities.includes(name),
  );
  return [
    process.getuid?.() === 0
      ? undefined
      : error("the engine does not run as root", "it cannot make namespaces or mounts", "run `sudo berth daemon`"),
    missing.length > 0
      ? error(
          `the engine lacks ${missing.join(", ")}`,
          "containers cannot be set up",
          "run it without a capability bounding set",
        )
      : undefined,
    host.mayRaiseLimits
      ? undefined
      : warning(
          "the engine lacks CAP_SYS_RESOURCE",
          "limits above the engine's own and lower OOM scores are left as they are",
          "give the engine CAP_SYS_RESOURCE, or raise its own limits before it starts",
        ),
  ];
}

function kernel({ kernel: [major, minor] }: HostFacts): (HostFinding | undefined)[] {
  const [oldestMajor, oldestMinor] = OLDEST_KERNEL;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return [];
  return [
    error(
      `kernel ${release()} is older than ${oldestMajor}.${oldestMinor}`,
      "paths inside containers cannot be resolved safely",
      `boot a kernel of at least ${oldestMajor}.${oldestMinor}`,
    ),
  ];
}

function programs(_host: HostFacts, config: EngineConfig): (HostFinding | undefined)[] {
  const runtime = config.runtimes[config.defaultRuntime]?.path ?? config.defaultRuntime;
  const needed: [program: string, consequence: string, packageName: string][] = [
    [runtime, "containers cannot start", runtime],
    ["conmon", "containers cannot start", "conmon"],
    ["nft", "containers get no network apart from host and none", "nftables"],
    ["tar", "images cannot be unpacked", "tar"],
  ];
  return needed
    .filter(([program]) => Bun.which(program) === null)
    .map(([program, consequence, packageName]) =>
      error(`${program} is not installed`, consequence, `apt-get install ${packageName}`),
    );
}

const NEEDED_V1 = ["cpu", "cpuset", "memory", "pids", "devices", "freezer", "blkio"];
const NEEDED_V2 = ["cpu", "cpuset", "memory", "pids", "io"];

function controlGroups({ cgroup }: HostFacts): (HostFinding | undefined)[] {
  if (cgroup.version === 1 && cgroup.mounts.size === 0) {
    return [
      error(
        "no control groups are mounted",
        "containers cannot start",
        "mount -t cgroup2 cgroup2 /sys/fs/cgroup (or boot with systemd)",
      ),
    ];
  }
  const missing =
    cgroup.version === 1
      ? NEEDED_V1.filter((name) => !cgroup.mounts.has(name))
      : NEEDED_V2.filter((name) => !cgroup.controllers.has(name));
  return missing.map((name) =>
    warning(
      `the cgroup controller ${name} is not available`,
      "limits that need it are refused or ignored",
      cgroup.version === 1
        ? `mkdir -p /sys/fs/cgroup/${name} && mount -t cgroup -o ${name} cgroup /sys/fs/cgroup/${name}`
        : `enable it at boot (remove cgroup_disable=${name} from the kernel's command line)`,
    ),
  );
}

/** crun will not work with version 1 while version 2, mounted beside it, still holds a controller. */
function hybridControlGroups({ cgroup }: HostFacts): (HostFinding | undefined)[] {
  const path = `${UNIFIED_BESIDE_V1}/cgroup.controllers`;
  if (cgroup.version !== 1 || !existsSync(path)) return [];
  const held = readFileSync(path, "utf8").trim().split(/\s+/).filter(Boolean);
  return held.map((name) =>
    error(
      `the cgroup controller ${name} belongs to version 2 while the others belong to version 1`,
      'crun refuses to start containers ("cgroups in hybrid mode not supported")',
      `mkdir -p /sys/fs/cgroup/${name} && mount -t cgroup -o ${name} cgroup /sys/fs/cgroup/${name} (or use runc: --default-runtime runc)`,
    ),
  );
}

function limitsSupport(host: HostFacts): (HostFinding | undefined)[] {
  return [
    host.swapLimit
      ? undefined
      : warning("No swap limit support", "memory limits do not cover swap", "boot with swapaccount=1"),
  ];
}

function storage(_host: HostFacts, { dataRoot }: EngineConfig): (HostFinding | undefined)[] {
  const type = existsSync(dataRoot) ? statfsSync(dataRoot).type : 0;
  const overlayKnown =
    readFileSync("/proc/filesystems", "utf8").includes("\toverlay\n") || existsSync(`/lib/modules/${release()}`);
  return [
    overlayKnown
      ? undefined
      : error(
          "the kernel has no overlay file system",
          "images cannot be mounted",
          "boot a kernel with CONFIG_OVERLAY_FS",
        ),
    type === OVERLAY_MAGIC || type === NFS_MAGIC
      ? error(
          `the data root ${dataRoot} is on ${type === NFS_MAGIC ? "NFS" : "an overlay file system"}`,
          "containers cannot have writable layers there",
          "put --data-root on a local disk (ext4, xfs, btrfs) or a volume",
        )
      : undefined,
  ];
}

function packetFilter(): (HostFinding | undefined)[] {
  const nft = Bun.which("nft");
  if (nft === null) return [];
  const { exitCode, stderr } = Bun.spawnSync([nft, "list", "tables"], { timeout: 5_000, stdout: "ignore" });
  if (exitCode === 0) return [];
  return [
    error(
      `nftables does not work (${stderr.toString().trim().split("\n")[0] ?? ""})`,
      "containers get no network apart from host and none",
      "boot a kernel with CONFIG_NF_TABLES, or load its modules: modprobe nf_tables",
    ),
  ];
}

function forwarding(_host: HostFacts, config: EngineConfig): (HostFinding | undefined)[] {
  const path = "/proc/sys/net/ipv4/ip_forward";
  if (config.ipForward || (existsSync(path) && readFileSync(path, "utf8").trim() === "1")) return [];
  return [warning("IPv4 forwarding is disabled", "containers reach only this host", "sysctl -w net.ipv4.ip_forward=1")];
}

function confinement(host: HostFacts): (HostFinding | undefined)[] {
  return [
    host.seccomp
      ? undefined
      : warning(
          "the kernel has no seccomp filters",
          "containers can make every system call",
          "boot a kernel with CONFIG_SECCOMP_FILTER",
        ),
  ];
}

function error(problem: string, consequence: string, fix: string): HostFinding {
  return { severity: "error", problem, consequence, fix };
}

function warning(problem: string, consequence: string, fix: string): HostFinding {
  return { severity: "warning", problem, consequence, fix };
}
