// Validates a create request, except limits and mounts, in Docker's words.
import { isAbsolute } from "node:path";
import { hostOptions } from "../../../api/container-options.ts";
import type { ContainerConfig, HealthConfig } from "../../../api/containers.ts";
import { BerthError } from "../../../api/errors.ts";
import type { HostConfig } from "../../../api/host-configuration.ts";
import { IPC_SYSCTLS, MESSAGE_QUEUE_SYSCTL_PREFIX, NETWORK_SYSCTL_PREFIX } from "../../../api/sysctls.ts";
import { signalNumber } from "../../../linux/signals.ts";
import { parseSeccompProfile } from "../../seccomp/profile.ts";
import { resolveCapabilities } from "../capabilities.ts";
import { parseDeviceRule } from "../devices.ts";
import type { HostFacts } from "../host.ts";
import { containerOfMode } from "../namespaces.ts";
import { parseSecurityOptions } from "../security-options.ts";
import { checkBounds } from "./bounds.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** @throws BerthError invalidParameter */
export function validateSettings(config: ContainerConfig, hostConfig: HostConfig, host: HostFacts): void {
  checkConfig(config);
  checkModes(hostConfig);
  checkSysctls(hostConfig);
  checkSecurity(hostConfig, host);
  checkDevices(hostConfig);
  checkBounds(hostOptions, hostConfig);
  if (hostConfig.Isolation && hostConfig.Isolation !== "default") {
    refuse(`invalid isolation (${hostConfig.Isolation}): linux only supports 'default'`);
  }
  if (Object.keys(hostConfig.StorageOpt ?? {}).length > 0) {
    refuse("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
  if ("" in (hostConfig.Annotations ?? {})) {
    refuse("invalid Annotations: the empty string is not permitted as an annotation key");
  }
}

function checkConfig(config: ContainerConfig): void {
  if (config.WorkingDir && !isAbsolute(config.WorkingDir)) {
    refuse(`the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`);
  }
  if (config.StopSignal) signalNumber(config.StopSignal);
  for (const entry of config.Env ?? []) {
    if (entry === "" || entry.startsWith("=")) refuse(`invalid environment variable: ${entry}`);
  }
  const { Entrypoint, Cmd, Env, WorkingDir = "" } = config;
  for (const [name, words] of Object.entries({ Entrypoint, Cmd, Env, WorkingDir: [WorkingDir] })) {
    if (words?.some((word) => word.includes("\0"))) refuse(`invalid ${name}: must not contain a NUL byte`);
  }
  if (config.Healthcheck) checkHealth(config.Healthcheck);
}

function checkHealth(health: HealthConfig): void {
  const durations = {
    Interval: health.Interval,
    Timeout: health.Timeout,
    StartPeriod: health.StartPeriod,
    StartInterval: health.StartInterval,
  };
  for (const [name, duration] of Object.entries(durations)) {
    if (duration && duration < NANOSECONDS_PER_MILLISECOND) refuse(`${name} in Healthcheck cannot be less than 1ms`);
  }
  if (health.Retries && health.Retries < 0) refuse("Retries in Healthcheck cannot be negative");
}

function checkModes(hostConfig: HostConfig): void {
  const checks: [string | undefined, readonly string[], boolean, string][] = [
    [hostConfig.IpcMode, ["", "none", "private", "shareable", "host"], true, "IPC mode"],
    [hostConfig.PidMode, ["", "host"], true, "PID mode"],
    [hostConfig.UTSMode, ["", "host"], false, "UTS mode"],
    [hostConfig.UsernsMode, ["", "host"], false, "user namespace mode"],
    [hostConfig.CgroupnsMode, ["", "private", "host"], false, "cgroup namespace mode"],
  ];
  for (const [mode = "", words, mayJoin, what] of checks) {
    const joins = mayJoin && (containerOfMode(mode) ?? "") !== "";
    if (!words.includes(mode) && !joins) refuse(`invalid ${what}: ${mode}`);
  }
}

/** The runtime would refuse these too, but only at start. */
function checkSysctls(hostConfig: HostConfig): void {
  for (const name of Object.keys(hostConfig.Sysctls ?? {})) {
    const dotted = name.replaceAll("/", ".");
    if (dotted.startsWith(NETWORK_SYSCTL_PREFIX)) {
      if (hostConfig.NetworkMode === "host") refuse(`sysctl "${name}" not allowed in host network namespace`);
    } else if (IPC_SYSCTLS.includes(dotted) || dotted.startsWith(MESSAGE_QUEUE_SYSCTL_PREFIX)) {
      if (hostConfig.IpcMode === "host") refuse(`sysctl "${name}" is not allowed in the hosts ipc namespace`);
    } else if (dotted === "kernel.domainname" || dotted === "kernel.hostname") {
      if (hostConfig.UTSMode === "host") refuse(`sysctl "${name}" is not allowed in the hosts uts namespace`);
    } else {
      refuse(`sysctl "${name}" is not in a separate kernel namespace`);
    }
  }
}

function checkSecurity(hostConfig: HostConfig, host: HostFacts): void {
  const wishes = { add: hostConfig.CapAdd ?? [], drop: hostConfig.CapDrop ?? [] };
  resolveCapabilities({ privileged: false, ...wishes }, host.capabilities);
  const options = parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  const { seccomp } = options;
  if (seccomp !== undefined && seccomp !== "unconfined" && seccomp !== "builtin") parseSeccompProfile(seccomp);
}

function checkDevices(hostConfig: HostConfig): void {
  (hostConfig.DeviceCgroupRules ?? []).forEach(parseDeviceRule);
  for (const { CgroupPermissions } of hostConfig.Devices ?? []) {
    if (CgroupPermissions && !/^[rwm]{1,3}$/.test(CgroupPermissions)) {
      refuse(`invalid device mode: ${CgroupPermissions}`);
    }
  }
  for (const { Driver = "", Capabilities = [] } of hostConfig.DeviceRequests ?? []) {
    const capabilities = Capabilities.map((all) => `[${all.join(" ")}]`).join(" ");
    refuse(`could not select device driver "${Driver}" with capabilities: [${capabilities}]`);
  }
}

function refuse(message: string): never {
  throw new BerthError("invalidParameter", message);
}
