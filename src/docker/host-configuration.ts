// Converts Docker's `HostConfig` to and from the engine's configuration.
import { hostOptions, limitOptions, resourceOptions } from "../api/container-options.ts";
import type { Answered } from "../api/containers.ts";
import type { HostConfig, Resources } from "../api/host-configuration.ts";
import { portMapOf } from "../api/port-bindings.ts";
import type { HostConfiguration, HostRequest, Limits } from "../engine/containers/configuration/host-configuration.ts";
import { dockerMount, mountOf } from "./mounts.ts";
import {
  formatJoined,
  formatNetworkMode,
  formatPidMode,
  ipcModeOf,
  networkModeOf,
  ownOrHostOf,
  pidModeOf,
} from "./namespace-modes.ts";
import { fromDockerFields, toDockerFields, withoutUndefined } from "./options.ts";
import { publishedPortsOf } from "./port-bindings.ts";
import { dockerRestartPolicy, restartPolicyOf } from "./restart-policy.ts";

const MODE_WORDS = {
  uts: { own: "", what: "UTS" },
  userns: { own: "", what: "user namespace" },
  cgroupns: { own: "private", what: "cgroup namespace" },
} as const;

/** From a client's request. @throws BerthError invalidParameter in Docker's words */
export function hostRequestOf(asked: HostConfig): HostRequest {
  const { IpcMode, CgroupnsMode, LogConfig, RestartPolicy } = asked;
  return {
    ...limitsOf(asked),
    ...fromDockerFields(hostOptions, asked),
    networkMode: networkModeOf(asked.NetworkMode ?? ""),
    pidMode: pidModeOf(asked.PidMode ?? ""),
    utsMode: ownOrHostOf(asked.UTSMode ?? "", MODE_WORDS.uts),
    usernsMode: ownOrHostOf(asked.UsernsMode ?? "", MODE_WORDS.userns),
    ipcMode: IpcMode ? ipcModeOf(IpcMode) : undefined,
    cgroupnsMode: CgroupnsMode ? ownOrHostOf(CgroupnsMode, MODE_WORDS.cgroupns) : undefined,
    restartPolicy: restartPolicyOf(RestartPolicy ?? {}),
    log: { driver: LogConfig?.Type, options: LogConfig?.Config },
    binds: asked.Binds,
    mounts: asked.Mounts?.map(mountOf),
    tmpfs: asked.Tmpfs,
    secrets: asked.Secrets?.map(({ Name, Value, Target, UID, GID, Mode }) => ({
      name: Name,
      value: Value,
      target: Target,
      uid: UID,
      gid: GID,
      mode: Mode,
    })),
    ports: asked.PortBindings && publishedPortsOf(asked.PortBindings),
    consoleSize: asked.ConsoleSize,
    capAdd: asked.CapAdd,
    capDrop: asked.CapDrop,
    securityOpt: asked.SecurityOpt,
    cgroup: asked.Cgroup,
    storageOpt: asked.StorageOpt,
    maskedPaths: asked.MaskedPaths,
    readonlyPaths: asked.ReadonlyPaths,
  };
}

export function limitsOf(asked: Resources): Limits {
  return {
    ...fromDockerFields(resourceOptions, asked),
    ...fromDockerFields(limitOptions, asked),
    devices: asked.Devices?.map(({ PathOnHost = "", PathInContainer, CgroupPermissions }) => ({
      pathOnHost: PathOnHost,
      pathInContainer: PathInContainer,
      cgroupPermissions: CgroupPermissions,
    })),
    deviceRequests: asked.DeviceRequests?.map(({ Driver, Count, DeviceIDs, Capabilities, Options }) => ({
      driver: Driver,
      count: Count,
      deviceIds: DeviceIDs,
      capabilities: Capabilities,
      options: Options,
    })),
    kernelMemory: asked.KernelMemory,
    kernelMemoryTcp: asked.KernelMemoryTCP,
    memorySwappiness: asked.MemorySwappiness,
    cpuCount: asked.CpuCount,
    cpuPercent: asked.CpuPercent,
    ioMaximumIops: asked.IOMaximumIOps,
    ioMaximumBandwidth: asked.IOMaximumBandwidth,
  };
}

/**
 * The form of answers: all fields that Docker's daemon writes, in its order. Unset fields are null, "", 0 or false,
 * because Go clients distinguish these.
 */
export function dockerHostConfig(configuration: HostConfiguration): Answered<HostConfig> {
  const complete: Answered<HostConfig> = { ...UNSET, ...withoutUndefined(fieldsOf(configuration)) };
  for (const name of OMITTED_WHEN_EMPTY) {
    if (Object.keys(complete[name] ?? {}).length === 0) delete complete[name];
  }
  return complete;
}

function fieldsOf(configuration: HostConfiguration): HostConfig {
  const { log, devices, deviceRequests } = configuration;
  return {
    ...toDockerFields(resourceOptions, configuration),
    ...toDockerFields(limitOptions, configuration),
    ...toDockerFields(hostOptions, configuration),
    NetworkMode: formatNetworkMode(configuration.networkMode),
    PidMode: formatPidMode(configuration.pidMode),
    IpcMode: formatJoined(configuration.ipcMode),
    UTSMode: configuration.utsMode === "host" ? "host" : "",
    UsernsMode: configuration.usernsMode === "host" ? "host" : "",
    CgroupnsMode: configuration.cgroupnsMode,
    RestartPolicy: dockerRestartPolicy(configuration.restartPolicy),
    LogConfig: { Type: log.driver, Config: log.options },
    Devices: devices?.map(({ pathOnHost, pathInContainer, cgroupPermissions }) => ({
      PathOnHost: pathOnHost,
      PathInContainer: pathInContainer,
      CgroupPermissions: cgroupPermissions,
    })),
    DeviceRequests: deviceRequests?.map(({ driver, count, deviceIds, capabilities, options }) => ({
      Driver: driver,
      Count: count,
      DeviceIDs: deviceIds,
      Capabilities: capabilities,
      Options: options,
    })),
    KernelMemory: configuration.kernelMemory,
    KernelMemoryTCP: configuration.kernelMemoryTcp,
    MemorySwappiness: configuration.memorySwappiness,
    CpuCount: configuration.cpuCount,
    CpuPercent: configuration.cpuPercent,
    IOMaximumIOps: configuration.ioMaximumIops,
    IOMaximumBandwidth: configuration.ioMaximumBandwidth,
    Binds: configuration.binds,
    PortBindings: configuration.ports && portMapOf(configuration.ports),
    ConsoleSize: configuration.consoleSize,
    CapAdd: configuration.capAdd,
    CapDrop: configuration.capDrop,
    Cgroup: configuration.cgroup,
    SecurityOpt: configuration.securityOpt,
    StorageOpt: configuration.storageOpt,
    Tmpfs: configuration.tmpfs,
    Secrets: configuration.secrets?.map(({ name, target, uid, gid, mode }) => ({
      Name: name,
      Target: target,
      UID: uid,
      GID: gid,
      Mode: mode,
    })),
    Mounts: configuration.mounts?.map(dockerMount),
    MaskedPaths: configuration.maskedPaths,
    ReadonlyPaths: configuration.readonlyPaths,
  };
}

/** Fields that are always shown. Others are shown only when set. */
const UNSET: Partial<Answered<HostConfig>> = {
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
  Runtime: "",
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

/** Maps that are omitted when empty, instead of shown as {}. */
const OMITTED_WHEN_EMPTY = ["Annotations", "StorageOpt", "Tmpfs", "Sysctls", "Mounts"] as const;
