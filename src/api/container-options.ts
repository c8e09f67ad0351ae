// Container options, one row each. A row defines type and bounds of the API field and the flag, help and completion of
// the command line; only the option's effect is implemented elsewhere. Options with a special flag syntax (--mount,
// --network, …) have no row: cli/container-spec has a file for each.

/** How an option is written on the command line, which also decides the type of its field. */
export type OptionKind =
  | "text"
  | "toggle"
  | "integer"
  /** A size such as "64m". */
  | "bytes"
  /** "1.5" in the flag, billionths in the field. */
  | "cpus"
  | "texts"
  | "map"
  /** "nofile=1024:2048" */
  | "ulimits"
  /** "/dev/sda:500" */
  | "device-weights"
  /** "/dev/sda:1mb" */
  | "byte-rates"
  | "operation-rates";

/** What a single value of a list or map must look like; the command line checks it. */
export type ValueFormat = "address" | "device-rule" | "extra-host" | "link" | "search-domain" | "sysctl";

export interface ContainerOption {
  readonly kind: OptionKind;
  /** The long name, without dashes. */
  readonly flag: string;
  readonly description: string;
  /** The description of `update`, where it differs. */
  readonly updateDescription?: string;
  /** One letter. */
  readonly short?: string;
  readonly otherNames?: Readonly<Record<string, string>>;
  /** The oldest API version with the option. */
  readonly since?: string;
  /** What completion offers: these words, or what there is of a kind. */
  readonly complete?: "containers" | "files" | readonly string[];
  readonly format?: ValueFormat;
  /** Values of an integer that a flag can hold. */
  readonly width?: "uint16";
  /** Whether a size may be "-1". */
  readonly mayBeUnlimited?: boolean;
  /** When the command leaves the field out; it is always sent otherwise. Docker does the same, which `inspect` shows. */
  readonly omitted?: "when-empty" | "unless-given";
  /** What the engine accepts. */
  readonly bounds?: Bounds;
}

export interface Bounds {
  readonly least?: number;
  readonly most?: number;
  /** Whether 0 means no value, regardless of the bounds. */
  readonly zeroIsUnset?: boolean;
  /** Docker's sentence, with "{}" for the value. */
  readonly refusal: string;
}

export type OptionTable = Readonly<Record<string, ContainerOption>>;

/** What a configuration calls a field of the API: cpuShares is "CpuShares". */
export const fieldName = (field: string): string => `${field.charAt(0).toLowerCase()}${field.slice(1)}`;

const MEBIBYTE = 1024 * 1024;

/** Limits that `update` can change too. */
export const resourceOptions = {
  BlkioWeight: {
    kind: "integer",
    flag: "blkio-weight",
    description: "Block IO (relative weight), between 10 and 1000, or 0 to disable",
    width: "uint16",
  },
  CpuPeriod: {
    kind: "integer",
    flag: "cpu-period",
    description: "Limit CPU CFS (Completely Fair Scheduler) period",
    bounds: {
      least: 1000,
      most: 1_000_000,
      zeroIsUnset: true,
      refusal: "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)",
    },
  },
  CpuQuota: {
    kind: "integer",
    flag: "cpu-quota",
    description: "Limit CPU CFS (Completely Fair Scheduler) quota",
  },
  CpuRealtimePeriod: {
    kind: "integer",
    flag: "cpu-rt-period",
    description: "Limit CPU real-time period in microseconds",
    updateDescription: "Limit the CPU real-time period in microseconds",
  },
  CpuRealtimeRuntime: {
    kind: "integer",
    flag: "cpu-rt-runtime",
    description: "Limit CPU real-time runtime in microseconds",
    updateDescription: "Limit the CPU real-time runtime in microseconds",
  },
  CpuShares: {
    kind: "integer",
    flag: "cpu-shares",
    short: "c",
    description: "CPU shares (relative weight)",
    bounds: { least: 0, refusal: "invalid CPU shares ({}): value must be a positive integer" },
  },
  NanoCpus: { kind: "cpus", flag: "cpus", description: "Number of CPUs" },
  CpusetCpus: {
    kind: "text",
    flag: "cpuset-cpus",
    description: "CPUs in which to allow execution (0-3, 0,1)",
    omitted: "when-empty",
  },
  CpusetMems: {
    kind: "text",
    flag: "cpuset-mems",
    description: "MEMs in which to allow execution (0-3, 0,1)",
    omitted: "when-empty",
  },
  Memory: {
    kind: "bytes",
    flag: "memory",
    short: "m",
    description: "Memory limit",
    bounds: { least: 6 * MEBIBYTE, zeroIsUnset: true, refusal: "Minimum memory limit allowed is 6MB" },
  },
  MemoryReservation: { kind: "bytes", flag: "memory-reservation", description: "Memory soft limit" },
  MemorySwap: {
    kind: "bytes",
    flag: "memory-swap",
    description: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
    updateDescription: "Swap limit equal to memory plus swap: -1 to enable unlimited swap",
    mayBeUnlimited: true,
  },
  PidsLimit: {
    kind: "integer",
    flag: "pids-limit",
    description: "Tune container pids limit (set -1 for unlimited)",
  },
} as const satisfies OptionTable;

/** Further limits, which stay as they were at create. */
export const limitOptions = {
  BlkioWeightDevice: {
    kind: "device-weights",
    flag: "blkio-weight-device",
    description: "Block IO weight (relative device weight)",
  },
  BlkioDeviceReadBps: {
    kind: "byte-rates",
    flag: "device-read-bps",
    description: "Limit read rate (bytes per second) from a device",
  },
  BlkioDeviceWriteBps: {
    kind: "byte-rates",
    flag: "device-write-bps",
    description: "Limit write rate (bytes per second) to a device",
  },
  BlkioDeviceReadIOps: {
    kind: "operation-rates",
    flag: "device-read-iops",
    description: "Limit read rate (IO per second) from a device",
  },
  BlkioDeviceWriteIOps: {
    kind: "operation-rates",
    flag: "device-write-iops",
    description: "Limit write rate (IO per second) to a device",
  },
  CgroupParent: { kind: "text", flag: "cgroup-parent", description: "Optional parent cgroup for the container" },
  DeviceCgroupRules: {
    kind: "texts",
    flag: "device-cgroup-rule",
    description: "Add a rule to the cgroup allowed devices list",
    format: "device-rule",
    omitted: "when-empty",
  },
  OomKillDisable: {
    kind: "toggle",
    flag: "oom-kill-disable",
    description: "Disable OOM Killer",
    omitted: "when-empty",
  },
  Ulimits: { kind: "ulimits", flag: "ulimit", description: "Ulimit options" },
} as const satisfies OptionTable;

/** Which namespaces a container has. Configurations have types of their own for these. */
export const namespaceOptions = {
  CgroupnsMode: {
    kind: "text",
    flag: "cgroupns",
    description: `Cgroup namespace to use (host|private)
'host':    Run the container in the Docker host's cgroup namespace
'private': Run the container in its own private cgroup namespace
'':        Use the cgroup namespace as configured by the
           default-cgroupns-mode option on the daemon (default)`,
    complete: ["host", "private"],
  },
  IpcMode: {
    kind: "text",
    flag: "ipc",
    description: "IPC mode to use",
    complete: ["host", "none", "private", "shareable"],
  },
  PidMode: { kind: "text", flag: "pid", description: "PID namespace to use", complete: ["host"] },
  UTSMode: { kind: "text", flag: "uts", description: "UTS namespace to use", complete: ["host"] },
  UsernsMode: { kind: "text", flag: "userns", description: "User namespace to use", complete: ["host"] },
} as const satisfies OptionTable;

/** The rest of the half of a configuration that depends on the host. */
export const hostOptions = {
  Annotations: {
    kind: "map",
    flag: "annotation",
    description: "Add an annotation to the container (passed through to the OCI runtime)",
    since: "1.43",
    omitted: "unless-given",
  },
  AutoRemove: {
    kind: "toggle",
    flag: "rm",
    description: "Automatically remove the container and its associated anonymous volumes when it exits",
  },
  ContainerIDFile: {
    kind: "text",
    flag: "cidfile",
    description: "Write the container ID to the file",
    complete: "files",
  },
  Dns: { kind: "texts", flag: "dns", description: "Set custom DNS servers", format: "address" },
  DnsOptions: {
    kind: "texts",
    flag: "dns-option",
    description: "Set DNS options",
    otherNames: { "dns-opt": "" },
  },
  DnsSearch: {
    kind: "texts",
    flag: "dns-search",
    description: "Set custom DNS search domains",
    format: "search-domain",
  },
  ExtraHosts: {
    kind: "texts",
    flag: "add-host",
    description: "Add a custom host-to-IP mapping (host:ip)",
    format: "extra-host",
    omitted: "when-empty",
  },
  GroupAdd: {
    kind: "texts",
    flag: "group-add",
    description: "Add additional groups to join",
    omitted: "when-empty",
  },
  Init: {
    kind: "toggle",
    flag: "init",
    description: "Run an init inside the container that forwards signals and reaps processes",
    omitted: "unless-given",
  },
  Isolation: { kind: "text", flag: "isolation", description: "Container isolation technology" },
  Links: {
    kind: "texts",
    flag: "link",
    description: "Add link to another container",
    format: "link",
    complete: "containers",
    omitted: "when-empty",
  },
  OomScoreAdj: {
    kind: "integer",
    flag: "oom-score-adj",
    description: "Tune host's OOM preferences (-1000 to 1000)",
    bounds: { least: -1000, most: 1000, refusal: "Invalid value {}, range for oom score adj is [-1000, 1000]" },
  },
  Privileged: { kind: "toggle", flag: "privileged", description: "Give extended privileges to this container" },
  PublishAllPorts: {
    kind: "toggle",
    flag: "publish-all",
    short: "P",
    description: "Publish all exposed ports to random ports",
  },
  ReadonlyRootfs: {
    kind: "toggle",
    flag: "read-only",
    description: "Mount the container's root filesystem as read only",
  },
  Runtime: { kind: "text", flag: "runtime", description: "Runtime to use for this container" },
  ShmSize: {
    kind: "bytes",
    flag: "shm-size",
    description: "Size of /dev/shm",
    bounds: { least: 0, refusal: "SHM size can not be less than 0" },
  },
  Sysctls: { kind: "map", flag: "sysctl", description: "Sysctl options", format: "sysctl" },
  VolumeDriver: { kind: "text", flag: "volume-driver", description: "Optional volume driver for the container" },
  VolumesFrom: {
    kind: "texts",
    flag: "volumes-from",
    description: "Mount volumes from the specified container(s)",
    complete: "containers",
    omitted: "when-empty",
  },
} as const satisfies OptionTable;

/** The portable half: what an image can have too. */
export const configOptions = {
  Hostname: { kind: "text", flag: "hostname", short: "h", description: "Container host name" },
  Domainname: { kind: "text", flag: "domainname", description: "Container NIS domain name" },
  User: {
    kind: "text",
    flag: "user",
    short: "u",
    description: "Username or UID (format: <name|uid>[:<group|gid>])",
  },
  Tty: { kind: "toggle", flag: "tty", short: "t", description: "Allocate a pseudo-TTY" },
  WorkingDir: { kind: "text", flag: "workdir", short: "w", description: "Working directory inside the container" },
  StopSignal: {
    kind: "text",
    flag: "stop-signal",
    description: "Signal to stop the container",
    omitted: "when-empty",
  },
  StopTimeout: {
    kind: "integer",
    flag: "stop-timeout",
    description: "Timeout (in seconds) to stop a container",
  },
} as const satisfies OptionTable;
