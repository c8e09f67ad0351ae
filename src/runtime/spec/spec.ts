// Builds a container's OCI configuration from the request and from what the engine prepared.
import type { ContainerConfiguration } from "../../engine/containers/configuration/container-configuration.ts";
import type { HostConfiguration } from "../../engine/containers/configuration/host-configuration.ts";
import type { Ulimit } from "../../engine/containers/configuration/option-fields.ts";
import { appArmorProfileOf } from "../apparmor.ts";
import { parseSeccompProfile, resolveSeccompProfile, type SeccompProfile } from "../seccomp/profile.ts";
import { resolveCapabilities } from "./capabilities.ts";
import { resolveDevices } from "./devices.ts";
import type { HostFacts } from "./host.ts";
import { buildMounts, type ContainerMount, type EngineFiles, rootPropagation, type SharedMemory } from "./mounts.ts";
import { buildNamespaces, containerOfMode, type NamespaceChoices } from "./namespaces.ts";
import { DEFAULT_READONLY_PATHS, defaultMaskedPaths } from "./paths.ts";
import { buildProcess } from "./process.ts";
import { buildResources } from "./resources.ts";
import { parseSecurityOptions, type SecurityOptions } from "./security-options.ts";
import type { OciLinux, OciSeccomp, OciSpec } from "./types.ts";
import type { ProcessUser } from "./user.ts";

const OCI_VERSION = "1.0.2";

/** Defaults from the daemon's configuration. */
export interface SpecDefaults {
  ulimits: Readonly<Record<string, Ulimit>>;
  noNewPrivileges: boolean;
  /** "unconfined", or the profile for containers that do not name one. */
  seccomp: SeccompProfile | "unconfined";
}

export interface SpecInput {
  /** Merged with the image's. */
  config: ContainerConfiguration;
  hostConfig: HostConfiguration;
  /** The mounted root filesystem, as a path on the host. */
  rootfs: string;
  user: ProcessUser;
  hostname: string;
  domainname: string;
  mounts: readonly ContainerMount[];
  files: EngineFiles;
  sharedMemory: SharedMemory;
  namespaces: NamespaceChoices;
  /** Below each controller's mount: "/docker/<id>". */
  cgroupPath: string;
  host: HostFacts;
  defaults: SpecDefaults;
}

/**
 * The config.json of the container's bundle. Starts no program, and only reads the nodes of requested devices.
 * @throws BerthError invalidParameter in Docker's words for a missing device, or an invalid capability, option or seccomp
 * profile
 */
export function buildSpec(input: SpecInput): OciSpec {
  const { hostConfig, host, namespaces, config } = input;
  const privileged = hostConfig.privileged === true;
  const options = parseSecurityOptions(hostConfig.securityOpt ?? [], input.defaults.noNewPrivileges);
  const capabilities = resolveCapabilities(
    { privileged, add: hostConfig.capAdd ?? [], drop: hostConfig.capDrop ?? [] },
    host.capabilities,
  );
  const readOnlyRoot = hostConfig.readonlyRootfs === true;
  const devices = resolveDevices(hostConfig);
  const seccomp = seccompOf(options, privileged, capabilities, input);
  const appArmorProfile = appArmorProfileOf(hostConfig, host);
  const linux: OciLinux = {
    namespaces: buildNamespaces(namespaces),
    ...(namespaces.user && "uids" in namespaces.user
      ? { uidMappings: namespaces.user.uids, gidMappings: namespaces.user.gids }
      : {}),
    devices: devices.nodes,
    cgroupsPath: input.cgroupPath,
    resources: buildResources(hostConfig, devices.rules, host),
    rootfsPropagation: rootPropagation(input.mounts),
    ...(seccomp && { seccomp }),
    sysctl: sysctlsOf(input),
    ...hiddenPaths(hostConfig, options, host),
  };
  return {
    ociVersion: OCI_VERSION,
    root: { path: input.rootfs, readonly: readOnlyRoot },
    ...(namespaces.uts === "new" && { hostname: input.hostname }),
    process: buildProcess({
      config,
      hostConfig,
      hostname: input.hostname,
      user: input.user,
      capabilities,
      noNewPrivileges: options.noNewPrivileges,
      ...(appArmorProfile !== undefined && { appArmorProfile }),
      defaultUlimits: input.defaults.ulimits,
      underInit: input.files.init !== undefined,
      host,
    }),
    mounts: buildMounts(input.mounts, input.files, {
      privileged,
      readOnlyRoot,
      sharedMemory: input.sharedMemory,
      userNamespace: namespaces.user !== undefined,
      cgroupsWritable: options.writableCgroups ?? privileged,
      recursiveReadOnly: kernelAtLeast(host, 5, 12),
    }),
    ...(hostConfig.annotations && { annotations: hostConfig.annotations }),
    linux,
  };
}

function seccompOf(
  options: SecurityOptions,
  privileged: boolean,
  capabilities: readonly string[],
  { host, defaults }: SpecInput,
): OciSeccomp | undefined {
  if (!host.seccomp || options.seccomp === "unconfined") return undefined;
  // A privileged container has a profile only if one was requested.
  if (privileged && options.seccomp === undefined) return undefined;
  const named = options.seccomp === undefined || options.seccomp === "builtin" ? undefined : options.seccomp;
  const profile = named === undefined ? defaults.seccomp : parseSeccompProfile(named);
  if (profile === "unconfined") return undefined;
  return resolveSeccompProfile(profile, { capabilities, architecture: host.architecture, kernel: host.kernel });
}

function hiddenPaths(
  hostConfig: HostConfiguration,
  options: SecurityOptions,
  host: HostFacts,
): Pick<OciLinux, "maskedPaths" | "readonlyPaths"> {
  if (hostConfig.privileged || options.systemPathsUnconfined) return { maskedPaths: [], readonlyPaths: [] };
  return {
    maskedPaths: hostConfig.maskedPaths ?? defaultMaskedPaths(host.processors),
    readonlyPaths: hostConfig.readonlyPaths ?? [...DEFAULT_READONLY_PATHS],
  };
}

function sysctlsOf({ hostConfig, namespaces, domainname }: SpecInput): Record<string, string> {
  const network = networkSysctls(hostConfig);
  const other = Object.entries(hostConfig.sysctls ?? {}).filter(([name]) => !(name in network));
  return {
    ...(domainname !== "" && namespaces.uts === "new" && { "kernel.domainname": domainname }),
    // With a user namespace the runtime may not set these: that namespace does not own the network.
    ...(namespaces.user ? {} : network),
    ...Object.fromEntries(other),
  };
}

/**
 * The sysctls of a container's network: requested ones, and for a private network those that allow ping and low ports
 * without capabilities.
 */
export function networkSysctls({ networkMode, sysctls }: HostConfiguration): Record<string, string> {
  const isOwn = networkMode !== "host" && containerOfMode(networkMode) === undefined;
  const asked = Object.entries(sysctls ?? {}).filter(([name]) => /^net[./]/.test(name));
  return {
    ...(isOwn && { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647" }),
    ...Object.fromEntries(asked),
  };
}

function kernelAtLeast({ kernel: [major, minor] }: HostFacts, wantedMajor: number, wantedMinor: number): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
