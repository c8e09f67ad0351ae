// Renders the network of a container as Docker's `inspect` and `ps` do.
import type { EndpointSettings, NetworkSettings, PortMap, PortSummary } from "../api/container-networks.ts";
import { type ContainerPort, containerPorts, formatContainerPort, type PortRange } from "../api/port-ranges.ts";
import type { ContainerNetworking, JoinedNetwork } from "../engine/index.ts";
import { dockerEndpointRequest } from "./endpoints.ts";

const BLANK = {
  EndpointID: "",
  Gateway: "",
  IPAddress: "",
  IPPrefixLen: 0,
  IPv6Gateway: "",
  GlobalIPv6Address: "",
  GlobalIPv6PrefixLen: 0,
  MacAddress: "",
};

export function dockerNetworkSettings(networking: ContainerNetworking): NetworkSettings {
  const { sandbox } = networking;
  const Networks = dockerEndpoints(networking);
  const shown = Networks.bridge ?? BLANK;
  return {
    Bridge: "",
    SandboxID: sandbox?.id ?? "",
    SandboxKey: sandbox?.namespacePath ?? "",
    Ports: sandbox ? portMap(sandbox) : {},
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
    Networks,
  };
}

export function dockerEndpoints({ networks }: ContainerNetworking): Record<string, EndpointSettings> {
  return Object.fromEntries(networks.map((joined) => [joined.name, endpointSettings(joined)]));
}

function endpointSettings({ id, request, endpoint, dnsNames }: JoinedNetwork): EndpointSettings {
  return {
    ...BLANK,
    ...dockerEndpointRequest(request),
    NetworkID: id,
    ...(endpoint ? liveSettings(endpoint) : {}),
    DNSNames: dnsNames ?? null,
  };
}

function liveSettings({ id, macAddress, ipv4, ipv6 }: NonNullable<JoinedNetwork["endpoint"]>) {
  return {
    EndpointID: id,
    MacAddress: macAddress,
    Gateway: ipv4.gateway,
    IPAddress: ipv4.address,
    IPPrefixLen: ipv4.prefixLength,
    IPv6Gateway: ipv6.address === "" ? "" : ipv6.gateway,
    GlobalIPv6Address: ipv6.address,
    GlobalIPv6PrefixLen: ipv6.prefixLength,
  };
}

type Sandbox = NonNullable<ContainerNetworking["sandbox"]>;

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

function portMap({ published, ports }: Sandbox): PortMap {
  const map: PortMap = Object.fromEntries(ports.map((port) => [formatContainerPort(port), null]));
  for (const single of published.flatMap(publishedPorts)) {
    const key = formatContainerPort(single);
    const list = map[key] ?? [];
    list.push({ HostIp: single.hostAddress, HostPort: single.hostPort === 0 ? "" : String(single.hostPort) });
    map[key] = list;
  }
  return map;
}

/** The ports column of `ps`: published ports, and exposed ones that are not. */
export function dockerPorts({ sandbox }: ContainerNetworking): PortSummary[] {
  if (!sandbox) return [];
  const published = sandbox.published.flatMap(publishedPorts);
  const publishedKeys = new Set(published.map(formatContainerPort));
  const others = sandbox.ports.filter((port) => !publishedKeys.has(formatContainerPort(port)));
  return [
    ...published.map(({ hostAddress, port, hostPort, protocol }) => ({
      IP: hostAddress,
      PrivatePort: port,
      ...(hostPort === 0 ? {} : { PublicPort: hostPort }),
      Type: protocol,
    })),
    ...others.map(({ port, protocol }) => ({ PrivatePort: port, Type: protocol })),
  ];
}
