// Configurations as answers show them: with every field that Docker's daemon writes, in its order. Fields that were not set
// are null, "", 0 or false, because Go clients tell these apart.
import type { Answered, ContainerConfig } from "../../../api/containers.ts";
import type { HostConfig } from "../../../api/host-configuration.ts";

/** The fields that are always shown. Others are shown only when they were set. */
const NO_CONFIG: Partial<Answered<ContainerConfig>> = {
  Hostname: "",
  Domainname: "",
  User: "",
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: null,
  Cmd: null,
  Image: "",
  Volumes: null,
  WorkingDir: "",
  Entrypoint: null,
  OnBuild: null,
  Labels: null,
};

const NO_HOST_CONFIG: Partial<Answered<HostConfig>> = {
  Binds: null,
  ContainerIDFile: "",
  LogConfig: { Type: "", Config: {} },
  NetworkMode: "",
  PortBindings: null,
  RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
  AutoRemove: false,
  VolumeDriver: "",
  VolumesFrom: null,
  ConsoleSize: [0, 0],
  CapAdd: null,
  CapDrop: null,
  CgroupnsMode: "",
  Dns: null,
  DnsOptions: null,
  DnsSearch: null,
  ExtraHosts: null,
  GroupAdd: null,
  IpcMode: "",
  Cgroup: "",
  Links: null,
  OomScoreAdj: 0,
  PidMode: "",
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  SecurityOpt: null,
  UTSMode: "",
  UsernsMode: "",
  ShmSize: 0,
  Isolation: "",
  CpuShares: 0,
  Memory: 0,
  NanoCpus: 0,
  CgroupParent: "",
  BlkioWeight: 0,
  BlkioWeightDevice: null,
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: "",
  CpusetMems: "",
  Devices: null,
  DeviceCgroupRules: null,
  DeviceRequests: null,
  MemoryReservation: 0,
  MemorySwap: 0,
  MemorySwappiness: null,
  OomKillDisable: null,
  PidsLimit: null,
  Ulimits: null,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
  MaskedPaths: null,
  ReadonlyPaths: null,
};

/** Maps that are left out when they are empty, instead of shown as {}. */
const OMITTED_WHEN_EMPTY = ["Annotations", "StorageOpt", "Tmpfs", "Sysctls", "Mounts"] as const;

export function completeConfig(config: ContainerConfig): Answered<ContainerConfig> {
  return { ...NO_CONFIG, ...said(config) };
}

export function completeHostConfig(hostConfig: HostConfig): Answered<HostConfig> {
  const complete: Answered<HostConfig> = { ...NO_HOST_CONFIG, ...said(hostConfig) };
  for (const name of OMITTED_WHEN_EMPTY) {
    if (Object.keys(complete[name] ?? {}).length === 0) delete complete[name];
  }
  return complete;
}

/** Removes fields that are undefined, which would hide the zero values. */
function said<T extends object>(value: T): Partial<T> {
  const copy: Partial<T> = { ...value };
  for (const name in copy) if (copy[name] === undefined) delete copy[name];
  return copy;
}
