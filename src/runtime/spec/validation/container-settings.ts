// Validates a create request, except limits and mounts, in Docker's words.
import { isAbsolute } from "node:path";
import { hostOptions } from "../../../api/container-options.ts";
import { BerthError } from "../../../api/errors.ts";
import { IPC_SYSCTLS, MESSAGE_QUEUE_SYSCTL_PREFIX, NETWORK_SYSCTL_PREFIX } from "../../../api/sysctls.ts";
import type {
  ContainerConfiguration,
  HealthCheck,
} from "../../../engine/containers/configuration/container-configuration.ts";
import type { HostConfiguration } from "../../../engine/containers/configuration/host-configuration.ts";
import { signalNumber } from "../../../linux/signals.ts";
import { parseSeccompProfile } from "../../seccomp/profile.ts";
import { resolveCapabilities } from "../capabilities.ts";
import { parseDeviceRule } from "../devices.ts";
import type { HostFacts } from "../host.ts";
import { parseSecurityOptions } from "../security-options.ts";
import { checkBounds } from "./bounds.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** @throws BerthError invalidParameter */
export function validateContainerSettings(
  config: ContainerConfiguration,
  hostConfig: HostConfiguration,
  host: HostFacts,
): void {
  checkConfig(config);
  checkSysctls(hostConfig);
  checkSecurity(hostConfig, host);
  checkDevices(hostConfig);
  checkBounds(hostOptions, hostConfig);
  if (hostConfig.isolation && hostConfig.isolation !== "default") {
    refuse(`invalid isolation (${hostConfig.isolation}): linux only supports 'default'`);
  }
  if (Object.keys(hostConfig.storageOpt ?? {}).length > 0) {
    refuse("--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
  if ("" in (hostConfig.annotations ?? {})) {
    refuse("invalid Annotations: the empty string is not permitted as an annotation key");
  }
}

function checkConfig(config: ContainerConfiguration): void {
  if (config.workingDir && !isAbsolute(config.workingDir)) {
    refuse(`the working directory '${config.workingDir}' is invalid, it needs to be an absolute path`);
  }
  if (config.stopSignal) signalNumber(config.stopSignal);
  for (const entry of config.env ?? []) {
    if (entry === "" || entry.startsWith("=")) refuse(`invalid environment variable: ${entry}`);
  }
  const { entrypoint, cmd, env, workingDir } = config;
  for (const [name, words] of Object.entries({
    Entrypoint: entrypoint,
    Cmd: cmd,
    Env: env,
    WorkingDir: [workingDir],
  })) {
    if (words?.some((word) => word.includes("\0"))) refuse(`invalid ${name}: must not contain a NUL byte`);
  }
  if (config.healthCheck) checkHealth(config.healthCheck);
}

function checkHealth(health: HealthCheck): void {
  const durations = {
    Interval: health.interval,
    Timeout: health.timeout,
    StartPeriod: health.startPeriod,
    StartInterval: health.startInterval,
  };
  for (const [name, duration] of Object.entries(durations)) {
    if (duration && duration < NANOSECONDS_PER_MILLISECOND) refuse(`${name} in Healthcheck cannot be less than 1ms`);
  }
  if (health.retries && health.retries < 0) refuse("Retries in Healthcheck cannot be negative");
}

/** The runtime would refuse these too, but only at start. */
function checkSysctls(hostConfig: HostConfiguration): void {
  for (const name of Object.keys(hostConfig.sysctls ?? {})) {
    const dotted = name.replaceAll("/", ".");
    if (dotted.startsWith(NETWORK_SYSCTL_PREFIX)) {
      if (hostConfig.networkMode === "host") refuse(`sysctl "${name}" not allowed in host network namespace`);
    } else if (IPC_SYSCTLS.includes(dotted) || dotted.startsWith(MESSAGE_QUEUE_SYSCTL_PREFIX)) {
      if (hostConfig.ipcMode === "host") refuse(`sysctl "${name}" is not allowed in the hosts ipc namespace`);
    } else if (dotted === "kernel.domainname" || dotted === "kernel.hostname") {
      if (hostConfig.utsMode === "host") refuse(`sysctl "${name}" is not allowed in the hosts uts namespace`);
    } else {
      refuse(`sysctl "${name}" is not in a separate kernel namespace`);
    }
  }
}

function checkSecurity(hostConfig: HostConfiguration, host: HostFacts): void {
  const wishes = { add: hostConfig.capAdd ?? [], drop: hostConfig.capDrop ?? [] };
  resolveCapabilities({ privileged: false, ...wishes }, host.capabilities);
  const options = parseSecurityOptions(hostConfig.securityOpt ?? []);
  const { seccomp } = options;
  if (seccomp !== undefined && seccomp !== "unconfined" && seccomp !== "builtin") parseSeccompProfile(seccomp);
}

function checkDevices(hostConfig: HostConfiguration): void {
  (hostConfig.deviceCgroupRules ?? []).forEach(parseDeviceRule);
  for (const { cgroupPermissions } of hostConfig.devices ?? []) {
    if (cgroupPermissions && !/^[rwm]{1,3}$/.test(cgroupPermissions)) {
      refuse(`invalid device mode: ${cgroupPermissions}`);
    }
  }
  for (const { driver = "", capabilities = [] } of hostConfig.deviceRequests ?? []) {
    const listed = capabilities.map((all) => `[${all.join(" ")}]`).join(" ");
    refuse(`could not select device driver "${driver}" with capabilities: [${listed}]`);
  }
}

function refuse(message: string): never {
  throw new BerthError("invalidParameter", message);
}
