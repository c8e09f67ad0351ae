// The content of a container's /etc/hosts and /etc/resolv.conf.
import { readFileSync, writeFileSync } from "node:fs";
import { BerthError } from "../../api/errors.ts";
import { readFileUpTo } from "../../linux/bounded-read.ts";
import { type HostsRecord, hostsFile, ownNames, withoutFirstName, withRecords } from "../../network/hosts-file.ts";
import { formatAddress, parseAddress } from "../../network/ip.ts";
import {
  containerResolvConf,
  formatResolvConf,
  hostResolvConf,
  type ResolvConfOverrides,
} from "../../network/resolv-conf.ts";
import type { ContainerView, NetworkContext } from "./context.ts";
import type { ContainerRecord, EndpointRecord, NetworkIdentity, SandboxRecord } from "./records.ts";

const HOST_GATEWAY = "host-gateway";

/** What the content depends on besides the container's record. */
export type FilesContext = Pick<NetworkContext, "catalogue" | "records" | "containers" | "resolvers"> & {
  config: Pick<NetworkContext["config"], "dns" | "dnsSearch" | "dnsOptions" | "hostGatewayIps">;
};

export interface SandboxFiles {
  hosts: string;
  resolvConf: string;
}

/** @throws BerthError if there is no address for a name in --add-host or --link */
export function sandboxFiles(
  context: FilesContext,
  record: ContainerRecord,
  sandbox: SandboxRecord,
  inHostNetwork: boolean,
): SandboxFiles {
  const extra = [...extraHosts(context, record), ...linkedHosts(context, record)];
  return {
    hosts: inHostNetwork ? hostsOfHost(extra) : hostsOfContainer(sandbox, extra),
    resolvConf: resolvConf(context, record, inHostNetwork),
  };
}

function hostsOfContainer({ identity, endpoints }: SandboxRecord, extra: HostsRecord[]): string {
  const own = endpoints.flatMap((endpoint) => ownRecords(identity, endpoint));
  const ipv6 = endpoints.every(({ ipv4 }) => ipv4 === "") || endpoints.some((endpoint) => endpoint.ipv6 !== "");
  return hostsFile({ ipv6, extra, own });
}

/** The records of a container's own names on one network. */
export function ownRecords({ hostname, domainname }: NetworkIdentity, { ipv4, ipv6 }: EndpointRecord): HostsRecord[] {
  const names = ownNames(hostname, domainname);
  return [ipv4, ipv6].flatMap((address) => (address === "" || names === "" ? [] : [{ address, names }]));
}

/** A container in the host's network has the host's file. */
function hostsOfHost(extra: HostsRecord[]): string {
  return withRecords(readHostFile("/etc/hosts"), extra);
}

function resolvConf(context: FilesContext, record: ContainerRecord, inHostNetwork: boolean): string {
  const { resolvers } = context;
  const overrides = resolvConfOverrides(context, record);
  if (!inHostNetwork) {
    return formatResolvConf(containerResolvConf(resolvers.forContainers(), overrides, isOnDefaultBridge(record)));
  }
  const changed = Object.values(overrides).some((list) => list.length > 0);
  return changed ? formatResolvConf(hostResolvConf(resolvers.forHost(), overrides)) : readHostFile("/etc/resolv.conf");
}

/** The container's DNS options, or else the daemon's. */
export function resolvConfOverrides({ config }: FilesContext, record: ContainerRecord): ResolvConfOverrides {
  return {
    nameservers: firstNonEmpty(record.dns, config.dns),
    search: firstNonEmpty(record.dnsSearch, config.dnsSearch),
    options: firstNonEmpty(record.dnsOptions, config.dnsOptions),
  };
}

const isOnDefaultBridge = ({ mode }: ContainerRecord): boolean => mode === "bridge";

const firstNonEmpty = (first: string[], second: string[]): string[] => (first.length > 0 ? first : second);

function readHostFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** --add-host: "name:address", "name:host-gateway". */
function extraHosts(context: FilesContext, { extraHosts }: ContainerRecord): HostsRecord[] {
  return extraHosts.flatMap((entry) => {
    const colon = entry.indexOf(":");
    const [names, target] = [entry.slice(0, colon), entry.slice(colon + 1)];
    if (target === HOST_GATEWAY) return hostGateways(context).map((address) => ({ address, names }));
    const address = parseAddress(target.replace(/^\[(.*)\]$/, "$1"));
    if (!address || colon <= 0) throw new BerthError("invalidParameter", `invalid IP address in add-host: "${target}"`);
    return [{ address: formatAddress(address), names }];
  });
}

/** The addresses for host-gateway: the configured ones, or the default bridge's. */
function hostGateways({ config, catalogue }: FilesContext): string[] {
  if (config.hostGatewayIps.length > 0) return config.hostGatewayIps;
  const bridge = catalogue.byName("bridge");
  const found = ([4, 6] as const).flatMap((family) => bridge?.gateway(family) ?? []).map(formatAddress);
  if (found.length > 0) return found;
  throw new BerthError("internal", "unable to derive the IP value for host-gateway");
}

/** --link on the default bridge: the linked container's addresses with its alias, hostname and name. */
function linkedHosts(context: FilesContext, record: ContainerRecord): HostsRecord[] {
  if (!isOnDefaultBridge(record)) return [];
  return record.links.flatMap((link) => {
    const { linked, alias } = readLink(context, link);
    if (!linked) return [];
    const { sandbox } = context.records.get(linked.id);
    if (!sandbox) {
      const own = context.containers.find(record.containerId)?.name ?? "";
      throw new BerthError("internal", `Cannot link to a non running container: /${linked.name} AS /${own}/${alias}`);
    }
    const found = recordsOfLinked(context, linked, sandbox, alias);
    if (found.length > 0) return found;
    throw new BerthError("internal", `Cannot link to /${linked.name}, as it does not belong to the default network`);
  });
}

/** `linked` is undefined if the container was removed. */
function readLink({ containers }: FilesContext, link: string): { linked: ContainerView | undefined; alias: string } {
  const [id = "", alias = ""] = link.split(":");
  return { linked: containers.find(id), alias };
}

function recordsOfLinked(
  { catalogue }: FilesContext,
  linked: ContainerView,
  { endpoints }: SandboxRecord,
  alias: string,
): HostsRecord[] {
  const names = [...new Set([alias, linked.hostname, linked.name])].filter((name) => name !== "").join(" ");
  const bridge = catalogue.byName("bridge")?.id;
  return endpoints
    .filter(({ networkId }) => networkId === bridge)
    .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6])
    .filter((address) => address !== "")
    .map((address) => ({ address, names }));
}

/** Updates /etc/hosts of containers with a link to a container that was started and may have new addresses. */
export function refreshLinkedHosts(context: FilesContext, containerId: string, sandbox: SandboxRecord): void {
  for (const record of context.records.all()) {
    const own = record.sandbox && isOnDefaultBridge(record) ? context.containers.find(record.containerId) : undefined;
    for (const link of own ? record.links : []) {
      const { linked, alias } = readLink(context, link);
      if (!own || linked?.id !== containerId) continue;
      const records = recordsOfLinked(context, linked, sandbox, alias);
      changeHosts(own, (text) => withRecords(withoutFirstName(text, alias), records));
    }
  }
}

/** The container can write to its /etc/hosts, so a longer file is not changed. In bytes. */
const MAX_HOSTS_LENGTH = 1024 * 1024;

/** Changes a container's /etc/hosts in place, because it is bind-mounted. Does nothing if there is none. */
export function changeHosts({ hostsPath }: ContainerView, change: (text: string) => string): void {
  try {
    const text = readFileUpTo(hostsPath, MAX_HOSTS_LENGTH);
    if (text !== undefined) writeFileSync(hostsPath, change(text));
  } catch {
    return;
  }
}
