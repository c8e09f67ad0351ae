// What a container finds in /etc/hosts and /etc/resolv.conf.
import { readFileSync } from "node:fs";
import { BerthError } from "../../api/errors.ts";
import { type HostsRecord, hostsFile, ownNames } from "../../network/hosts-file.ts";
import { formatAddress, parseAddress } from "../../network/ip.ts";
import { directResolvConf, formatResolvConf } from "../../network/resolv-conf.ts";
import type { NetworkContext } from "./context.ts";
import type { ContainerRecord, SandboxRecord } from "./records.ts";

const HOST_GATEWAY = "host-gateway";

export interface SandboxFiles {
  hosts: string;
  resolvConf: string;
}

/** @throws BerthError when a name that was asked for cannot be given an address. */
export function sandboxFiles(
  context: NetworkContext,
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
  const names = ownNames(identity.hostname, identity.domainname);
  const addresses = endpoints.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6]).filter((address) => address !== "");
  const own = names === "" ? [] : addresses.map((address) => ({ address, names }));
  const ipv6 = endpoints.length === 0 || endpoints.some((endpoint) => endpoint.ipv6 !== "" || endpoint.ipv4 === "");
  return hostsFile({ ipv6, extra, own });
}

/** A container in the host's network has the host's names. */
function hostsOfHost(extra: HostsRecord[]): string {
  const own = readHostFile("/etc/hosts");
  const separator = own === "" || own.endsWith("\n") ? "" : "\n";
  return `${own}${separator}${extra.map(({ address, names }) => `${address}\t${names}\n`).join("")}`;
}

function resolvConf(context: NetworkContext, record: ContainerRecord, inHostNetwork: boolean): string {
  const { config, resolvers } = context;
  const overrides = {
    nameservers: firstNonEmpty(record.dns, config.dns),
    search: firstNonEmpty(record.dnsSearch, config.dnsSearch),
    options: firstNonEmpty(record.dnsOptions, config.dnsOptions),
  };
  const changed = Object.values(overrides).some((list) => list.length > 0);
  if (inHostNetwork && !changed) return readHostFile("/etc/resolv.conf");
  return formatResolvConf(directResolvConf(resolvers.read(), overrides));
}

const firstNonEmpty = (first: string[], second: string[]): string[] => (first.length > 0 ? first : second);

function readHostFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** --add-host: "name:address", "name:host-gateway". */
function extraHosts(context: NetworkContext, { extraHosts }: ContainerRecord): HostsRecord[] {
  return extraHosts.flatMap((entry) => {
    const colon = entry.indexOf(":");
    const [names, target] = [entry.slice(0, colon), entry.slice(colon + 1)];
    if (target === HOST_GATEWAY) return hostGateways(context).map((address) => ({ address, names }));
    const address = parseAddress(target.replace(/^\[(.*)\]$/, "$1"));
    if (!address || colon <= 0) throw new BerthError("invalidParameter", `invalid IP address in add-host: "${target}"`);
    return [{ address: formatAddress(address), names }];
  });
}

/** The addresses at which containers reach the host: the configured one, or the default bridge's own. */
function hostGateways({ config, catalogue }: NetworkContext): string[] {
  if (config.hostGatewayIp !== "") return config.hostGatewayIp.split(",").map((address) => address.trim());
  const bridge = catalogue.byName("bridge");
  const found = ([4, 6] as const).flatMap((family) => bridge?.gateway(family) ?? []).map(formatAddress);
  if (found.length > 0) return found;
  throw new BerthError("internal", "unable to derive the IP value for host-gateway");
}

/** --link on the default bridge: the other's address under its alias, its host name and its name. */
function linkedHosts(context: NetworkContext, { links, mode }: ContainerRecord): HostsRecord[] {
  if (mode !== "bridge") return [];
  return links.flatMap((link) => {
    const [reference = "", alias = reference] = link.split(":");
    const linked = context.containers.find(reference);
    const endpoints = linked && context.records.find(linked.id)?.sandbox?.endpoints;
    if (!linked || !endpoints) {
      throw new BerthError("invalidParameter", `Cannot link to a non running container: /${reference} AS ${alias}`);
    }
    const names = [...new Set([lastPart(alias), linked.hostname, lastPart(linked.name)])].join(" ");
    return endpoints
      .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6])
      .filter((address) => address !== "")
      .map((address) => ({ address, names }));
  });
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
