// The wire's shapes for containers: what clients send to create and change them, what the engine answers.
// Requests are schemas (the server validates with them, the types are inferred); answers are plain types.
import * as v from "valibot";

const text = v.optional(v.string());
const flag = v.optional(v.boolean());
const integer = v.optional(v.pipe(v.number(), v.integer()));
const texts = v.optional(v.array(v.string()));
const labels = v.optional(v.record(v.string(), v.string()));

/** A command or shell line: Docker takes one string for a list of one. */
const words = v.optional(
  v.union([
    v.array(v.string()),
    v.pipe(
      v.string(),
      v.transform((word) => [word]),
    ),
  ]),
);

/**
 * Durations are nanoseconds. `Test` is [], ["NONE"], ["CMD", …] or ["CMD-SHELL", line]; Berth's additions, which start
 * no process in the container, are ["TCP", "[host:]port"] and ["HTTP", "http://host[:port]/path"].
 */
export const healthConfigSchema = v.object({
  Test: texts,
  Interval: integer,
  Timeout: integer,
  Retries: integer,
  StartPeriod: integer,
  StartInterval: integer,
});
export type HealthConfig = v.InferOutput<typeof healthConfigSchema>;

/** The portable half of a container's configuration; also the `Config` of an image. */
export const containerConfigSchema = v.object({
  Hostname: text,
  Domainname: text,
  User: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: v.optional(v.record(v.string(), v.object({}))),
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: words,
  Healthcheck: v.optional(healthConfigSchema),
  ArgsEscaped: flag,
  Image: text,
  Volumes: v.optional(v.record(v.string(), v.object({}))),
  WorkingDir: text,
  Entrypoint: words,
  NetworkDisabled: flag,
  MacAddress: text,
  OnBuild: texts,
  Labels: labels,
  StopSignal: text,
  StopTimeout: integer,
  Shell: words,
});
export type ContainerConfig = v.InferOutput<typeof containerConfigSchema>;

/** One host address a container's port is published on. `HostPort` is "", "8080" or "8000-8010". */
export const portBindingSchema = v.object({ HostIp: text, HostPort: text });
export type PortBinding = v.InferOutput<typeof portBindingSchema>;

/** Keys are "80/tcp". */
export const portMapSchema = v.record(v.string(), v.nullable(v.array(portBindingSchema)));
export type PortMap = v.InferOutput<typeof portMapSchema>;

/** Berth's addition: how long to wait between an end and the next start. Durations are nanoseconds. */
export const restartBackoffSchema = v.object({
  /** Before the first restart; 100 ms when absent. */
  Initial: integer,
  /** Never longer than this; a minute when absent. */
  Maximum: integer,
  /** How many times longer each wait is than the one before; 2 when absent. */
  Multiplier: v.optional(v.number()),
  /** A run as long as this starts over with the first wait; 10 s when absent. */
  ResetAfter: integer,
});
export type RestartBackoff = v.InferOutput<typeof restartBackoffSchema>;

/** `Name` is "no", "always", "unless-stopped" or "on-failure". */
export const restartPolicySchema = v.object({
  Name: text,
  MaximumRetryCount: integer,
  /** Berth's addition: a container that turns unhealthy is stopped and started again, whatever `Name` says. */
  OnUnhealthy: flag,
  Backoff: v.optional(restartBackoffSchema),
});
export type RestartPolicy = v.InferOutput<typeof restartPolicySchema>;

export const mountSpecSchema = v.object({
  Type: v.optional(v.string()),
  Source: text,
  Target: text,
  ReadOnly: flag,
  Consistency: text,
  BindOptions: v.optional(
    v.object({
      Propagation: text,
      NonRecursive: flag,
      CreateMountpoint: flag,
      ReadOnlyNonRecursive: flag,
      ReadOnlyForceRecursive: flag,
      /** Berth's addition: "match-user" maps the caller's user onto the container's by an id-mapped mount. */
      IdMap: text,
    }),
  ),
  VolumeOptions: v.optional(
    v.object({
      NoCopy: flag,
      Labels: labels,
      Subpath: text,
      DriverConfig: v.optional(v.object({ Name: text, Options: labels })),
    }),
  ),
  ImageOptions: v.optional(v.object({ Subpath: text })),
  TmpfsOptions: v.optional(v.object({ SizeBytes: integer, Mode: integer, Options: v.optional(v.array(texts)) })),
});
export type MountSpec = v.InferOutput<typeof mountSpecSchema>;

export const deviceMappingSchema = v.object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text });
export type DeviceMapping = v.InferOutput<typeof deviceMappingSchema>;

export const deviceRequestSchema = v.object({
  Driver: text,
  Count: integer,
  DeviceIDs: texts,
  Capabilities: v.optional(v.array(v.array(v.string()))),
  Options: labels,
});
export type DeviceRequest = v.InferOutput<typeof deviceRequestSchema>;

/**
 * Berth's addition: a value that the container finds as a read-only file and that nothing else shows again. `Value` is
 * base64 and only in requests; `Target` is below /run/secrets unless absolute; `Mode` is 0444 when absent.
 */
export const secretSchema = v.object({
  Name: v.string(),
  Value: text,
  Target: text,
  UID: integer,
  GID: integer,
  Mode: integer,
});
export type Secret = v.InferOutput<typeof secretSchema>;

export const ulimitSchema = v.object({ Name: v.string(), Soft: v.number(), Hard: v.number() });
export type Ulimit = v.InferOutput<typeof ulimitSchema>;

const throttleDevices = v.optional(v.array(v.object({ Path: v.string(), Rate: v.number() })));

const resources = {
  CpuShares: integer,
  Memory: integer,
  NanoCpus: integer,
  CgroupParent: text,
  BlkioWeight: integer,
  BlkioWeightDevice: v.optional(v.array(v.object({ Path: v.string(), Weight: v.number() }))),
  BlkioDeviceReadBps: throttleDevices,
  BlkioDeviceWriteBps: throttleDevices,
  BlkioDeviceReadIOps: throttleDevices,
  BlkioDeviceWriteIOps: throttleDevices,
  CpuPeriod: integer,
  CpuQuota: integer,
  CpuRealtimePeriod: integer,
  CpuRealtimeRuntime: integer,
  CpusetCpus: text,
  CpusetMems: text,
  Devices: v.optional(v.array(deviceMappingSchema)),
  DeviceCgroupRules: texts,
  DeviceRequests: v.optional(v.array(deviceRequestSchema)),
  KernelMemory: integer,
  KernelMemoryTCP: integer,
  MemoryReservation: integer,
  MemorySwap: integer,
  MemorySwappiness: integer,
  OomKillDisable: flag,
  PidsLimit: integer,
  Ulimits: v.optional(v.array(ulimitSchema)),
  CpuCount: integer,
  CpuPercent: integer,
  IOMaximumIOps: integer,
  IOMaximumBandwidth: integer,
};
export const resourcesSchema = v.object(resources);
export type Resources = v.InferOutput<typeof resourcesSchema>;

/** The half of a container's configuration that depends on the host. Sizes are bytes. */
export const hostConfigSchema = v.object({
  ...resources,
  Binds: texts,
  ContainerIDFile: text,
  LogConfig: v.optional(v.object({ Type: text, Config: labels })),
  NetworkMode: text,
  PortBindings: v.optional(portMapSchema),
  RestartPolicy: v.optional(restartPolicySchema),
  AutoRemove: flag,
  VolumeDriver: text,
  VolumesFrom: texts,
  ConsoleSize: v.optional(v.tuple([v.number(), v.number()])),
  Annotations: labels,
  CapAdd: words,
  CapDrop: words,
  CgroupnsMode: text,
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  IpcMode: text,
  Cgroup: text,
  Links: texts,
  OomScoreAdj: integer,
  PidMode: text,
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: texts,
  StorageOpt: labels,
  Tmpfs: labels,
  UTSMode: text,
  UsernsMode: text,
  ShmSize: integer,
  Sysctls: labels,
  Runtime: text,
  Secrets: v.optional(v.array(secretSchema)),
  Isolation: text,
  Mounts: v.optional(v.array(mountSpecSchema)),
  MaskedPaths: texts,
  ReadonlyPaths: texts,
  Init: flag,
});
export type HostConfig = v.InferOutput<typeof hostConfigSchema>;

/** A request's type as answers show it: what nobody asked for may be null. */
export type Answered<T> = { [Name in keyof T]: T[Name] | null };

/** What a client asks of one network when it connects a container to it. */
export const endpointRequestSchema = v.object({
  IPAMConfig: v.optional(v.object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: texts })),
  Links: texts,
  Aliases: texts,
  MacAddress: text,
  DriverOpts: labels,
  GwPriority: integer,
  NetworkID: text,
});
export type EndpointRequest = v.InferOutput<typeof endpointRequestSchema>;

export const createContainerSchema = v.object({
  ...containerConfigSchema.entries,
  HostConfig: v.optional(hostConfigSchema),
  NetworkingConfig: v.optional(
    v.object({ EndpointsConfig: v.optional(v.record(v.string(), v.optional(endpointRequestSchema))) }),
  ),
});
export type CreateContainerRequest = v.InferOutput<typeof createContainerSchema>;

export interface CreateContainerAnswer {
  Id: string;
  Warnings: string[];
}

export const updateContainerSchema = v.object({
  ...resources,
  RestartPolicy: v.optional(restartPolicySchema),
  /** Berth's addition: ports to publish from now on, also while the container runs. */
  PublishAdd: v.optional(portMapSchema),
  /** Berth's addition: the container's ports ("80/tcp") to withdraw. */
  PublishRemove: texts,
});
export type UpdateContainerRequest = v.InferOutput<typeof updateContainerSchema>;

/** What `inspect` shows of one network of a container; lengths are prefix bits, empty strings while it does not run. */
export interface EndpointSettings {
  IPAMConfig: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] } | null;
  Links: string[] | null;
  Aliases: string[] | null;
  MacAddress: string;
  DriverOpts: Record<string, string> | null;
  GwPriority: number;
  NetworkID: string;
  EndpointID: string;
  Gateway: string;
  IPAddress: string;
  IPPrefixLen: number;
  IPv6Gateway: string;
  GlobalIPv6Address: string;
  GlobalIPv6PrefixLen: number;
  /** Every name DNS answers for this container on this network; null on the default networks. */
  DNSNames: string[] | null;
}

export interface NetworkSettings {
  Bridge: string;
  SandboxID: string;
  SandboxKey: string;
  Ports: PortMap;
  HairpinMode: boolean;
  LinkLocalIPv6Address: string;
  LinkLocalIPv6PrefixLen: number;
  SecondaryIPAddresses: null;
  SecondaryIPv6Addresses: null;
  EndpointID: string;
  Gateway: string;
  GlobalIPv6Address: string;
  GlobalIPv6PrefixLen: number;
  IPAddress: string;
  IPPrefixLen: number;
  IPv6Gateway: string;
  MacAddress: string;
  Networks: Record<string, EndpointSettings>;
}

export type ContainerStatus = "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
export type HealthStatus = "none" | "starting" | "healthy" | "unhealthy";

export interface HealthcheckResult {
  Start: string;
  End: string;
  ExitCode: number;
  Output: string;
}

export interface Health {
  Status: HealthStatus;
  FailingStreak: number;
  Log: HealthcheckResult[];
}

/** Times are RFC 3339 with nanoseconds; "0001-01-01T00:00:00Z" is never. */
export interface ContainerStateAnswer {
  Status: ContainerStatus;
  Running: boolean;
  Paused: boolean;
  Restarting: boolean;
  OOMKilled: boolean;
  Dead: boolean;
  Pid: number;
  ExitCode: number;
  Error: string;
  StartedAt: string;
  FinishedAt: string;
  Health?: Health;
  /** Berth's addition: when a container that is "restarting" is started next, RFC 3339. */
  NextAttempt?: string;
  /** Berth's addition: processes that outlived the main one held its output open; what they wrote then is lost. */
  OutputTruncated?: true;
  /** Berth's addition: the container's runtime or monitor hangs in this operation since that time, RFC 3339. */
  Unresponsive?: { Operation: string; Since: string };
}

/** A mount as `inspect` and `ps` show it. */
export interface MountPoint {
  Type: "bind" | "volume" | "tmpfs" | "image";
  Name?: string;
  Source: string;
  Destination: string;
  Driver?: string;
  Mode: string;
  RW: boolean;
  Propagation: string;
}

export interface ContainerInspect {
  Id: string;
  Created: string;
  Path: string;
  Args: string[];
  State: ContainerStateAnswer;
  Image: string;
  ResolvConfPath: string;
  HostnamePath: string;
  HostsPath: string;
  LogPath: string;
  Name: string;
  RestartCount: number;
  Driver: string;
  Platform: string;
  MountLabel: string;
  ProcessLabel: string;
  AppArmorProfile: string;
  ExecIDs: string[] | null;
  HostConfig: Answered<HostConfig>;
  GraphDriver: { Name: string; Data: Record<string, string> | null };
  SizeRw?: number;
  SizeRootFs?: number;
  Mounts: MountPoint[];
  Config: Answered<ContainerConfig>;
  NetworkSettings: NetworkSettings;
}

export interface PortSummary {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}

export interface ContainerSummary {
  Id: string;
  Names: string[];
  Image: string;
  ImageID: string;
  Command: string;
  /** Seconds since 1970. */
  Created: number;
  Ports: PortSummary[];
  SizeRw?: number;
  SizeRootFs?: number;
  Labels: Record<string, string>;
  State: ContainerStatus;
  Status: string;
  HostConfig: { NetworkMode: string; Annotations?: Record<string, string> };
  NetworkSettings: { Networks: Record<string, EndpointSettings> };
  Mounts: MountPoint[];
}

export interface WaitAnswer {
  StatusCode: number;
  Error?: { Message: string };
}

export interface TopAnswer {
  Titles: string[];
  Processes: string[][];
}

/** `Kind` 0 is changed, 1 added, 2 deleted. */
export interface FilesystemChange {
  Path: string;
  Kind: 0 | 1 | 2;
}

export interface PruneContainersAnswer {
  ContainersDeleted: string[] | null;
  SpaceReclaimed: number;
}

/** The base64 JSON of `X-Docker-Container-Path-Stat`. `mode` has Go's os.FileMode bits. */
export interface PathStat {
  name: string;
  size: number;
  mode: number;
  mtime: string;
  linkTarget: string;
}

export interface BlkioEntry {
  major: number;
  minor: number;
  op: string;
  value: number;
}

export interface CpuStats {
  cpu_usage: {
    total_usage: number;
    percpu_usage?: number[];
    usage_in_kernelmode: number;
    usage_in_usermode: number;
  };
  system_cpu_usage?: number;
  online_cpus?: number;
  throttling_data: { periods: number; throttled_periods: number; throttled_time: number };
}

/** One sample of `stats`. Times are nanoseconds, sizes bytes. */
export interface ContainerStats {
  name: string;
  id: string;
  read: string;
  preread: string;
  num_procs: number;
  pids_stats: { current?: number; limit?: number };
  blkio_stats: Record<string, BlkioEntry[] | null>;
  storage_stats: Record<string, never>;
  cpu_stats: CpuStats;
  precpu_stats: CpuStats;
  memory_stats: {
    usage?: number;
    max_usage?: number;
    limit?: number;
    failcnt?: number;
    stats?: Record<string, number>;
  };
  networks?: Record<
    string,
    {
      rx_bytes: number;
      rx_packets: number;
      rx_errors: number;
      rx_dropped: number;
      tx_bytes: number;
      tx_packets: number;
      tx_errors: number;
      tx_dropped: number;
    }
  >;
}
