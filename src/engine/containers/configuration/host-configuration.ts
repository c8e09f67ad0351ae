// The half of a container's configuration that depends on the host: defaults are filled in as `inspect` shows them, and
// conflicting options are refused.
import type { PortBinding, PortMap } from "../../../api/container-networks.ts";
import type { ContainerConfig } from "../../../api/containers.ts";
import { BerthError } from "../../../api/errors.ts";
import type { HostConfig } from "../../../api/host-configuration.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import { containerOfMode } from "../../../runtime/spec/namespaces.ts";
import { DEFAULT_READONLY_PATHS, defaultMaskedPaths } from "../../../runtime/spec/paths.ts";
import type { EngineConfig } from "../../config.ts";

const MEBIBYTE = 1024 * 1024;

export function completeHostConfig(
  asked: HostConfig,
  config: EngineConfig,
  host: HostFacts,
): HostConfig & { NetworkMode: string; Runtime: string } {
  const { MaskedPaths, ReadonlyPaths, MemorySwappiness, PidsLimit } = asked;
  const confined = !asked.Privileged;
  return {
    ...asked,
    LogConfig: logConfigOf(asked, config),
    PortBindings: asked.PortBindings && completeBindings(asked.PortBindings),
    Links: asked.Links?.length ? asked.Links : undefined,
    NetworkMode: !asked.NetworkMode || asked.NetworkMode === "default" ? "bridge" : asked.NetworkMode,
    RestartPolicy: {
      ...asked.RestartPolicy,
      Name: asked.RestartPolicy?.Name || "no",
      MaximumRetryCount: asked.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    CgroupnsMode: asked.CgroupnsMode || cgroupNamespaceOf(asked, config, host),
    IpcMode: asked.IpcMode || config.defaultIpcMode,
    Runtime: asked.Runtime || config.defaultRuntime,
    ShmSize: asked.ShmSize || config.defaultShmSize || 64 * MEBIBYTE,
    // The command line sends -1 and 0 for options that were not given.
    MemorySwappiness: MemorySwappiness === -1 ? undefined : MemorySwappiness,
    PidsLimit: (PidsLimit ?? 0) > 0 ? PidsLimit : undefined,
    OomKillDisable: asked.OomKillDisable ?? (host.limits.oomKillDisable ? false : undefined),
    MaskedPaths: MaskedPaths ?? (confined ? defaultMaskedPaths(host.processors) : undefined),
    ReadonlyPaths: ReadonlyPaths ?? (confined ? [...DEFAULT_READONLY_PATHS] : undefined),
    Init: asked.Init ?? (config.init ? true : undefined),
  };
}

function cgroupNamespaceOf({ Privileged }: HostConfig, config: EngineConfig, { cgroup }: HostFacts): string {
  // Programs that manage version 1 control groups from inside need to see the host's.
  if (cgroup.version === 1 && Privileged) return "host";
  return config.defaultCgroupnsMode || (cgroup.version === 1 ? "host" : "private");
}

function completeBindings(bindings: PortMap): PortMap {
  const complete = ({ HostIp = "", HostPort = "" }: PortBinding): PortBinding => ({ HostIp, HostPort });
  return Object.fromEntries(Object.entries(bindings).map(([port, list]) => [port, list?.map(complete) ?? null]));
}

function logConfigOf({ LogConfig }: HostConfig, config: EngineConfig): HostConfig["LogConfig"] {
  if (LogConfig?.Type) return { Type: LogConfig.Type, Config: LogConfig.Config ?? {} };
  return { Type: config.logDriver, Config: { ...config.logOpts, ...LogConfig?.Config } };
}

/** Refuses options that exclude each other. @throws BerthError invalidParameter */
export function refuseConflicts(config: ContainerConfig, hostConfig: HostConfig): void {
  const conflict = (what: string): never => {
    throw new BerthError("invalidParameter", `conflicting options: ${what}`);
  };
  if (hostConfig.AutoRemove && !["", "no"].includes(hostConfig.RestartPolicy?.Name ?? "")) {
    throw new BerthError("invalidParameter", "can't create 'AutoRemove' container with restart policy");
  }
  const undefinedBehaviour = "can't be used with links. This would result in undefined behavior";
  if (config.Hostname && hostConfig.UTSMode === "host") conflict("hostname and the UTS mode");
  if (hostConfig.Links?.length && hostConfig.NetworkMode === "host") {
    conflict(`host type networking ${undefinedBehaviour}`);
  }
  const joined = containerOfMode(hostConfig.NetworkMode);
  if (joined === undefined) return;
  if (joined === "") {
    const message = "invalid network mode: invalid container format container:<name|id>";
    throw new BerthError("invalidParameter", message);
  }
  if (config.Hostname) conflict("hostname and the network mode");
  if (hostConfig.Links?.length) conflict(`container type network ${undefinedBehaviour}`);
  if (hostConfig.Dns?.length) conflict("dns and the network mode");
  if (hostConfig.ExtraHosts?.length) conflict("custom host-to-IP mapping and the network mode");
  if (config.MacAddress) conflict("mac-address and the network mode");
  if (Object.keys(hostConfig.PortBindings ?? {}).length > 0 || hostConfig.PublishAllPorts) {
    conflict("port publishing and the container type network mode");
  }
  if (Object.keys(config.ExposedPorts ?? {}).length > 0) {
    conflict("port exposing and the container type network mode");
  }
}
