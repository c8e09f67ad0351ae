// Builds the create request for a service's container: a pure function of the project.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { HealthConfig } from "../../api/container-config.ts";
import type { EndpointRequest } from "../../api/container-networks.ts";
import type { CreateContainerRequest } from "../../api/container-requests.ts";
import type { RestartPolicy } from "../../api/host-configuration.ts";
import { ComposeError } from "../model/compose-error.ts";
import { serviceHash } from "../model/hash.ts";
import { imageOf, type Project, type Service } from "../model/project.ts";
import { parseDuration } from "../model/quantities.ts";
import type { NetworkAttachment } from "../model/schema/mounts.ts";
import { containerName, type Separator } from "./container-names.ts";
import { label, projectLabels } from "./labels.ts";
import { type Inheritance, mountsOf } from "./mounts.ts";
import { resourcesOf } from "./resources.ts";

export interface ContainerOptions {
  /** Undefined for a one-off container. */
  number: number | undefined;
  name: string;
  separator: Separator;
  /** The image's ID, for the label that detects a changed image. */
  imageId: string | undefined;
  /** The name of the container that is being replaced. */
  replaces?: string | undefined;
  inheritance?: Inheritance | undefined;
  /** "container:alias" of the containers that `links` name. */
  links: readonly string[];
  isOneOff?: boolean | undefined;
  slug?: string | undefined;
  attachesInput?: boolean | undefined;
  autoRemove?: boolean | undefined;
  /** Whether the service's name resolves to it. */
  usesAliases: boolean;
  warn(message: string): void;
}

const list = (texts: readonly string[] | undefined): string[] | undefined => (texts ? [...texts] : undefined);

const nanoseconds = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseDuration(text);

/** @throws ComposeError for a start interval without a start period */
export function healthOf({ healthcheck }: Service): HealthConfig | undefined {
  if (!healthcheck) return undefined;
  const { test, disable } = healthcheck;
  // Engines ignore the interval without a period.
  if (healthcheck.start_interval !== undefined && healthcheck.start_period === undefined) {
    throw new ComposeError("healthcheck.start_interval requires healthcheck.start_period to be set");
  }
  return {
    Test: disable ? ["NONE"] : list(test),
    Interval: nanoseconds(healthcheck.interval),
    Timeout: nanoseconds(healthcheck.timeout),
    Retries: healthcheck.retries,
    StartPeriod: nanoseconds(healthcheck.start_period),
    StartInterval: nanoseconds(healthcheck.start_interval),
  };
}

const RESTART_NAMES: Readonly<Record<string, string>> = { none: "no", any: "always" };

function restartPolicy({ restart, deploy }: Service): RestartPolicy | undefined {
  const policy = deploy?.restart_policy;
  if (policy) {
    const { condition = "", max_attempts: attempts } = policy;
    return { Name: RESTART_NAMES[condition] ?? condition, MaximumRetryCount: attempts };
  }
  if (!restart) return undefined;
  const [name = "", attempts] = restart.split(":");
  return { Name: name, MaximumRetryCount: attempts === undefined ? undefined : Number(attempts) };
}

function exposedPorts({ ports = [], expose = [] }: Service): Record<string, Record<string, never>> {
  const exposed: Record<string, Record<string, never>> = {};
  for (const { target, protocol = "tcp" } of ports) exposed[`${target}/${protocol}`] = {};
  for (const entry of expose) {
    const [, first, last = first, protocol = "tcp"] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(entry) ?? [];
    if (first === undefined) throw new ComposeError(`invalid port range: ${entry}`);
    for (let port = Number(first); port <= Number(last); port++) exposed[`${port}/${protocol}`] = {};
  }
  return exposed;
}

function portBindings({ ports = [] }: Service): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { target, protocol = "tcp", host_ip: HostIp = "", published: HostPort = "" } of ports) {
    const key = `${target}/${protocol}`;
    bindings[key] = [...(bindings[key] ?? []), { HostIp, HostPort }];
  }
  return bindings;
}

const INTERFACE_NAME = "com.docker.network.endpoint.ifname";

function endpoint(
  project: Project,
  service: Service,
  attachment: NetworkAttachment | null | undefined,
  options: NetworkingOptions,
): EndpointRequest {
  const own = containerName(project, service, options.number ?? 1, options.separator);
  const aliases = options.isOneOff ? [options.name] : [own];
  if (options.usesAliases) aliases.push(service.name, ...(attachment?.aliases ?? []));
  const { ipv4_address: IPv4Address, ipv6_address: IPv6Address, link_local_ips: local } = attachment ?? {};
  const driverOptions: Record<string, string> = { ...attachment?.driver_opts };
  if (attachment?.interface_name) driverOptions[INTERFACE_NAME] = attachment.interface_name;
  return {
    Aliases: [...new Set(aliases)],
    Links: options.links.length > 0 ? [...options.links] : undefined,
    IPAMConfig:
      IPv4Address || IPv6Address || local ? { IPv4Address, IPv6Address, LinkLocalIPs: list(local) } : undefined,
    MacAddress: attachment?.mac_address,
    DriverOpts: Object.keys(driverOptions).length > 0 ? driverOptions : undefined,
    GwPriority: attachment?.gw_priority,
  };
}

/** Keys of a service's networks by descending priority. */
export function networksByPriority({ networks = {} }: Service): string[] {
  const priority = (key: string): number => networks[key]?.priority ?? 0;
  return Object.keys(networks).sort((a, b) => priority(b) - priority(a) || (a < b ? -1 : 1));
}

interface Networking {
  mode: string;
  /** By network. */
  endpoints: Record<string, EndpointRequest> | undefined;
}

type NetworkingOptions = Pick<ContainerOptions, "number" | "name" | "separator" | "links" | "isOneOff" | "usesAliases">;

/** The networks of a container, the main one first. */
export function networking(project: Project, service: Service, options: NetworkingOptions): Networking {
  if (service.network_mode) return { mode: service.network_mode, endpoints: undefined };
  const keys = networksByPriority(service);
  const [main] = keys;
  if (main === undefined) return { mode: "none", endpoints: undefined };
  const attachments = service.networks ?? {};
  const wanted = attachments[main]?.mac_address;
  if (service.mac_address && wanted && wanted !== service.mac_address) {
    throw new ComposeError(`the service-level mac_address should have the same value as network ${main}`);
  }
  const nameOf = (key: string): string => project.networks.get(key)?.name ?? key;
  const endpoints = keys.map((key): [string, EndpointRequest] => {
    const made = endpoint(project, service, attachments[key], options);
    return [nameOf(key), key === main ? { ...made, MacAddress: made.MacAddress ?? service.mac_address } : made];
  });
  return { mode: nameOf(main), endpoints: Object.fromEntries(endpoints) };
}

interface SecurityOptions {
  options: string[];
  isUnconfined: boolean;
}

function securityOptions(project: Project, { security_opt: given = [] }: Service): SecurityOptions {
  const options = given
    .filter((option) => option !== "systempaths=unconfined")
    .map((option) => {
      const [, name, value] = /^([^=:]+)[=:](.*)$/s.exec(option) ?? [];
      if (name === undefined && option !== "no-new-privileges") {
        throw new ComposeError(`invalid security-opt: ${JSON.stringify(option)}`);
      }
      if (name !== "seccomp" || value === undefined || ["unconfined", "builtin"].includes(value)) return option;
      return `seccomp=${seccompProfile(resolve(project.directory, value), value)}`;
    });
  return { options, isUnconfined: given.includes("systempaths=unconfined") };
}

function seccompProfile(path: string, shown: string): string {
  try {
    return JSON.stringify(JSON.parse(readFileSync(path, "utf8")));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ComposeError(`opening seccomp profile (${shown}) failed: ${reason}`);
  }
}

function labelsOf(project: Project, service: Service, options: ContainerOptions): Record<string, string> {
  const dependencies = Object.entries(service.depends_on ?? {}).map(
    ([name, { condition, restart = false }]) => `${name}:${condition}:${restart}`,
  );
  return {
    ...service.labels,
    ...projectLabels(project, service, options.isOneOff ?? false),
    [label.configHash]: serviceHash(service),
    [label.dependsOn]: dependencies.join(","),
    ...(options.number !== undefined && { [label.number]: String(options.number) }),
    ...(options.imageId !== undefined && { [label.image]: options.imageId }),
    ...(options.replaces !== undefined && { [label.replace]: options.replaces }),
    ...(options.slug !== undefined && { [label.slug]: options.slug }),
  };
}

/** "NAME=value", or only the name to remove a variable of the image. */
export function environmentList(environment: Readonly<Record<string, string | null>> | undefined): string[] {
  return Object.entries(environment ?? {}).map(([name, value]) => (value === null ? name : `${name}=${value}`));
}

/**
 * @param service with references to other services resolved to containers
 * @throws ComposeError for options that the engine does not support
 */
export function containerRequest(
  project: Project,
  service: Service,
  options: ContainerOptions,
): CreateContainerRequest {
  const { mode, endpoints } = networking(project, service, options);
  const security = securityOptions(project, service);
  const grace = nanoseconds(service.stop_grace_period);
  const tmpfs = (service.tmpfs ?? []).map((entry): [string, string] => {
    const [path = "", ...rest] = entry.split(":");
    return [path, rest.join(":")];
  });
  return {
    Hostname: service.hostname,
    Domainname: service.domainname,
    User: service.user,
    ExposedPorts: exposedPorts(service),
    Tty: service.tty,
    OpenStdin: service.stdin_open,
    StdinOnce: options.attachesInput && service.stdin_open,
    AttachStdin: options.attachesInput,
    AttachStdout: true,
    AttachStderr: true,
    Cmd: service.command ? [...service.command] : undefined,
    Entrypoint: service.entrypoint ? [...service.entrypoint] : undefined,
    Image: imageOf(service, project, options.separator),
    WorkingDir: service.working_dir,
    Labels: labelsOf(project, service, options),
    StopSignal: service.stop_signal,
    StopTimeout: grace === undefined ? undefined : Math.ceil(grace / 1e9),
    Env: environmentList(service.environment),
    Healthcheck: healthOf(service),
    HostConfig: {
      ...resourcesOf(service),
      ...mountsOf(service, project, options.inheritance, options.warn),
      AutoRemove: options.autoRemove,
      Annotations: service.annotations && { ...service.annotations },
      CapAdd: list(service.cap_add),
      CapDrop: list(service.cap_drop),
      NetworkMode: mode,
      Init: service.init,
      IpcMode: service.ipc,
      CgroupnsMode: service.cgroup,
      ReadonlyRootfs: service.read_only,
      RestartPolicy: restartPolicy(service),
      ShmSize: service.shm_size === undefined ? undefined : Number(service.shm_size),
      Sysctls: service.sysctls && { ...service.sysctls },
      PortBindings: portBindings(service),
      VolumesFrom: list(service.volumes_from),
      Dns: list(service.dns),
      DnsSearch: list(service.dns_search),
      DnsOptions: list(service.dns_opt),
      ExtraHosts: service.extra_hosts?.map((entry) => entry.replace("=", ":")),
      SecurityOpt: security.options,
      ...(security.isUnconfined && { MaskedPaths: [], ReadonlyPaths: [] }),
      StorageOpt: service.storage_opt && { ...service.storage_opt },
      UsernsMode: service.userns_mode,
      UTSMode: service.uts,
      Privileged: service.privileged,
      PidMode: service.pid,
      Tmpfs: tmpfs.length > 0 ? Object.fromEntries(tmpfs) : undefined,
      Isolation: service.isolation,
      Runtime: service.runtime,
      LogConfig: service.logging && {
        Type: service.logging.driver,
        Config: service.logging.options && { ...service.logging.options },
      },
      GroupAdd: list(service.group_add),
      Links: options.links.length > 0 ? [...options.links] : undefined,
      OomScoreAdj: service.oom_score_adj,
    },
    NetworkingConfig: endpoints && { EndpointsConfig: endpoints },
  };
}
