// The half of a container's configuration that depends on the host: defaults are filled in as `inspect` shows them, and
// conflicting options are refused.

import { BerthError } from "../../../api/errors.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import { containerOfMode } from "../../../runtime/spec/namespaces.ts";
import { DEFAULT_READONLY_PATHS, defaultMaskedPaths } from "../../../runtime/spec/paths.ts";
import type { EngineConfig } from "../../config.ts";
import type { PartialConfiguration } from "./container-configuration.ts";
import type { HostConfiguration, HostRequest, LogConfiguration } from "./host-configuration.ts";
import type { OwnOrHost } from "./namespace-modes.ts";

const MEBIBYTE = 1024 * 1024;

export function completeHostConfiguration(
  asked: HostRequest,
  config: EngineConfig,
  host: HostFacts,
): HostConfiguration {
  const { maskedPaths, readonlyPaths, memorySwappiness, pidsLimit } = asked;
  const confined = !asked.privileged;
  return {
    ...asked,
    log: logConfigurationOf(asked, config),
    links: asked.links?.length ? asked.links : undefined,
    networkMode: asked.networkMode ?? { network: "bridge" },
    restartPolicy: asked.restartPolicy ?? { condition: "no" },
    cgroupnsMode: asked.cgroupnsMode ?? cgroupNamespaceOf(asked, config, host),
    ipcMode: asked.ipcMode ?? config.defaultIpcMode,
    pidMode: asked.pidMode ?? "private",
    utsMode: asked.utsMode ?? "private",
    usernsMode: asked.usernsMode ?? "private",
    runtime: asked.runtime || config.defaultRuntime,
    shmSize: asked.shmSize || config.defaultShmSize || 64 * MEBIBYTE,
    // The command line sends -1 and 0 for options that were not given.
    memorySwappiness: memorySwappiness === -1 ? undefined : memorySwappiness,
    pidsLimit: (pidsLimit ?? 0) > 0 ? pidsLimit : undefined,
    oomKillDisable: asked.oomKillDisable ?? (host.limits.oomKillDisable ? false : undefined),
    maskedPaths: maskedPaths ?? (confined ? defaultMaskedPaths(host.processors) : undefined),
    readonlyPaths: readonlyPaths ?? (confined ? [...DEFAULT_READONLY_PATHS] : undefined),
    init: asked.init ?? (config.init ? true : undefined),
  };
}

function cgroupNamespaceOf({ privileged }: HostRequest, config: EngineConfig, { cgroup }: HostFacts): OwnOrHost {
  // Programs that manage version 1 control groups from inside need to see the host's.
  if (cgroup.version === 1 && privileged) return "host";
  return config.defaultCgroupnsMode ?? (cgroup.version === 1 ? "host" : "private");
}

function logConfigurationOf({ log: { driver, options } = {} }: HostRequest, config: EngineConfig): LogConfiguration {
  if (driver) return { driver, options: options ?? {} };
  return { driver: config.logDriver, options: { ...config.logOpts, ...options } };
}

/** Refuses options that exclude each other. @throws BerthError invalidParameter */
export function refuseConflicts(config: PartialConfiguration, hostConfig: HostRequest): void {
  const conflict = (what: string): never => {
    throw new BerthError("invalidParameter", `conflicting options: ${what}`);
  };
  if (hostConfig.autoRemove && (hostConfig.restartPolicy?.condition ?? "no") !== "no") {
    throw new BerthError("invalidParameter", "can't create 'AutoRemove' container with restart policy");
  }
  const undefinedBehaviour = "can't be used with links. This would result in undefined behavior";
  if (config.hostname && hostConfig.utsMode === "host") conflict("hostname and the UTS mode");
  if (hostConfig.links?.length && hostConfig.networkMode === "host") {
    conflict(`host type networking ${undefinedBehaviour}`);
  }
  if (config.macAddress && hostConfig.networkMode === "host") conflict("mac-address and the network mode");
  const joined = containerOfMode(hostConfig.networkMode);
  if (joined === undefined) return;
  if (config.hostname) conflict("hostname and the network mode");
  if (hostConfig.links?.length) conflict(`container type network ${undefinedBehaviour}`);
  if (hostConfig.dns?.length) conflict("dns and the network mode");
  if (hostConfig.extraHosts?.length) conflict("custom host-to-IP mapping and the network mode");
  if (config.macAddress) conflict("mac-address and the network mode");
  if (hostConfig.ports?.length || hostConfig.publishAllPorts) {
    conflict("port publishing and the container type network mode");
  }
  if (config.exposedPorts?.length) {
    conflict("port exposing and the container type network mode");
  }
}
