// A container's network as `inspect` and `ps` show it.
import type { EndpointSettings, NetworkSettings, PortMap, PortSummary } from "../../api/container-networks.ts";
import {
  type ContainerPort,
  containerPorts,
  formatContainerPort,
  type PortRange,
  parseContainerPort,
} from "../../api/port-ranges.ts";
import { formatAddress, parseAddress } from "../../network/ip.ts";
import { shortId } from "./ids.ts";
import type { Network } from "./network.ts";
import { isUserDefined } from "./networking-config.ts";
import type { Attachment, ContainerRecord, EndpointRecord } from "./records.ts";

/** What the views need besides the record. */
export interface SettingsSource {
  network(id: string): Network | undefined;
  /** The container's current names. */
  identity: { name: string; hostname: string };
  namespacePath: string;
}

export function networkSettings(record: ContainerRecord, source: SettingsSource): NetworkSettings {
  const { sandbox } = record;
  const networks = Object.fromEntries(
    record.attachments.flatMap((attachment): [string, EndpointSettings][] => {
      const network = source.network(attachment.networkId);
      if (!network) return [];
      const endpoint = sandbox?.endpoints.find(({ networkId }) => networkId === network.id);
      return [[network.name, endpointSettings(record, attachment, network, endpoint, source)]];
    }),
  );
  const shown = networks.bridge ?? blankEndpoint;
  return {
    Bridge: "",
    SandboxID: sandbox?.id ?? "",
    SandboxKey: sandbox ? source.namespacePath : "",
    Ports: sandbox ? portMap(record) : {},
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: shown.EndpointID,
    Gateway: shown.Gateway,
    GlobalIPv6Address: shown.GlobalIPv6Address,
    GlobalIPv6PrefixLen: shown.GlobalIPv6PrefixLen,
    IPAddress: shown.IPAddress,
    IPPrefixLen: shown.IPPrefixLen,
    IPv6Gateway: shown.IPv6Gateway,
    MacAddress: shown.MacAddress,
    Networks: networks,
  };
}

const blankEndpoint = {
  EndpointID: "",
  Gateway: "",
  IPAddress: "",
  IPPrefixLen: 0,
  IPv6Gateway: "",
  GlobalIPv6Address: "",
  GlobalIPv6PrefixLen: 0,
  MacAddress: "",
};

function endpointSettings(
  record: ContainerRecord,
  { request }: Attachment,
  network: Network,
  endpoint: EndpointRecord | undefined,
  { identity }: SettingsSource,
): EndpointSettings {
  const { IPAMConfig, Links, Aliases, DriverOpts, GwPriority = 0, MacAddress = "" } = request;
  const userDefined = isUserDefined(network);
  return {
    ...blankEndpoint,
    IPAMConfig: IPAMConfig ?? null,
    Links: Links ?? null,
    Aliases: Aliases ?? null,
    MacAddress,
    DriverOpts: DriverOpts ?? null,
    GwPriority,
    NetworkID: network.id,
    ...(endpoint ? liveSettings(network, endpoint) : {}),
    DNSNames: userDefined ? dnsNames(record, Aliases ?? [], identity) : null,
  };
}

function liveSettings(network: Network, endpoint: EndpointRecord) {
  const gatewayOf = (family: 4 | 6): string => {
    const gateway = network.record.internal ? undefined : network.gateway(family);
    return gateway ? formatAddress(gateway) : "";
  };
  return {
    EndpointID: endpoint.id,
    MacAddress: endpoint.mac,
    Gateway: gatewayOf(4),
    IPAddress: endpoint.ipv4,
    IPPrefixLen: network.prefixLengthOf(endpoint.ipv4),
    IPv6Gateway: endpoint.ipv6 ? gatewayOf(6) : "",
    GlobalIPv6Address: endpoint.ipv6,
    GlobalIPv6PrefixLen: network.prefixLengthOf(endpoint.ipv6),
  };
}

/** The names by which DNS knows a container on a user-defined network. */
export function dnsNames(
  { containerId }: ContainerRecord,
  aliases: readonly string[],
  { name, hostname }: SettingsSource["identity"],
): string[] {
  return [...new Set([name, ...aliases, shortId(containerId), hostname])].filter((text) => text !== "");
}

interface PublishedPort extends ContainerPort {
  hostAddress: string;
  /** 0 for none. */
  hostPort: number;
}

/** The single ports of a range, one for each address of the host. */
function publishedPorts(range: PortRange): PublishedPort[] {
  return range.hostAddresses.flatMap((hostAddress) =>
    containerPorts(range).map((port, index) => ({
      ...port,
      hostAddress,
      hostPort: range.hostPort === 0 ? 0 : range.hostPort + index,
    })),
  );
}

/** The container's exposed and requested ports, published or not. */
function knownPorts({ exposed, requests }: ContainerRecord): string[] {
  return [...new Set([...exposed, ...requests.flatMap(containerPorts).map(formatContainerPort)])];
}

function portMap(record: ContainerRecord): PortMap {
  const map: PortMap = Object.fromEntries(knownPorts(record).map((key) => [key, null]));
  for (const published of (record.sandbox?.published ?? []).flatMap(publishedPorts)) {
    const key = formatContainerPort(published);
    const list = map[key] ?? [];
    list.push({ HostIp: published.hostAddress, HostPort: published.hostPort === 0 ? "" : String(published.hostPort) });
    map[key] = list;
  }
  return map;
}

/** The ports column of `ps`: published ports, and exposed ones that are not. */
export function portSummaries(record: ContainerRecord): PortSummary[] {
  const { sandbox } = record;
  if (!sandbox) return [];
  const published = sandbox.published.flatMap(publishedPorts);
  const publishedKeys = new Set(published.map(formatContainerPort));
  const others = knownPorts(record).filter((key) => !publishedKeys.has(key));
  return [
    ...published.map(({ hostAddress, port, hostPort, protocol }) => ({
      IP: hostAddress,
      PrivatePort: port,
      ...(hostPort === 0 ? {} : { PublicPort: hostPort }),
      Type: protocol,
    })),
    ...others.map(parseContainerPort).map(({ port, protocol }) => ({ PrivatePort: port, Type: protocol })),
  ];
}

/** An address with its prefix length, as `network inspect` shows it. */
export function withPrefixLength(network: Network, address: string): string {
  return parseAddress(address) ? `${address}/${network.prefixLengthOf(address)}` : "";
}
