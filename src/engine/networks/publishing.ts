// Publishing a container's ports: allocates ports of the host for them.
import { prefixed } from "../../api/errors.ts";
import {
  anyHostPort,
  compareRequests,
  isExact,
  type PortRange,
  type PortRequest,
  parseContainerPort,
} from "../../api/port-ranges.ts";
import { hostHasIpv6 } from "../../network/forwarding.ts";
import type { HeldPorts, HostPorts } from "../../network/host-ports.ts";
import { type Family, formatAddress, type IpAddress, isUnspecified, parseAddress } from "../../network/ip.ts";
import { gatewayJoin, type Join } from "./endpoints.ts";
import type { ContainerRecord } from "./records.ts";

const anyAddress = { 4: { family: 4, value: 0n }, 6: { family: 6, value: 0n } } as const;

/** What is published, and the ports of the host held for it. */
export interface Publication {
  published: PortRange[];
  held: HeldPorts[];
}

const isPublishing = ({ network }: Join): boolean =>
  network.driver?.publishing !== undefined && !network.record.internal;

/** The endpoint on which ports are published. */
export function publishingJoin(joins: readonly Join[]): Join | undefined {
  const candidate = gatewayJoin(joins, 4) ?? gatewayJoin(joins, 6);
  return candidate && isPublishing(candidate) ? candidate : undefined;
}

/** Whether the network's containers are reached at their own addresses, and take no port of the host. */
export function isRouted({ network }: Pick<Join, "network">, family: Family): boolean {
  return network.driver?.publishing?.isRouted(network.record.options, family) === true;
}

/** Whether ports were published in the way of the network that they lead to. */
export function matchesNetwork(join: Join, published: readonly PortRange[]): boolean {
  return published.every(({ hostAddresses, hostPort }) =>
    hostAddresses.every((address) => (hostPort === 0) === isRouted(join, parseAddress(address)?.family ?? 4)),
  );
}

/** Whether ports stay as they are when the network that they lead to changes: both are routed alike. */
export function keepsPorts(old: Join | undefined, current: Join): boolean {
  return old !== undefined && ([4, 6] as const).every((family) => isRouted(old, family) === isRouted(current, family));
}

/** Everything a container publishes: the requested ports and, with `--publish-all`, the other exposed ports. */
export function allRequests({ requests, exposed, publishAll }: ContainerRecord): PortRequest[] {
  if (!publishAll) return requests;
  const isRequested = (text: string): boolean => {
    const { protocol, port } = parseContainerPort(text);
    return requests.some(
      (request) =>
        request.protocol === protocol && request.containerPort <= port && port < request.containerPort + request.count,
    );
  };
  const others = exposed.filter((text) => !isRequested(text)).map(parseContainerPort);
  return [...requests, ...others.map(anyHostPort).sort(compareRequests)];
}

/**
 * Allocates the ports of the host that a container publishes.
 * @throws BerthError in Docker's words when one cannot be allocated; none is then.
 */
export function publish(
  record: ContainerRecord,
  name: string,
  join: Join | undefined,
  ports: HostPorts,
  addresses: () => string[],
): Publication {
  const publication: Publication = { published: [], held: [] };
  if (!join) return publication;
  try {
    for (const request of allRequests(record)) allocate(request, join, ports, publication, addresses);
    return publication;
  } catch (thrown) {
    for (const { release } of publication.held) release();
    const endpoint = `${name} (${join.endpoint.id})`;
    const where = `driver failed programming external connectivity on endpoint ${endpoint}`;
    throw prefixed(`failed to set up container networking: ${where}`, thrown);
  }
}

function allocate(
  request: PortRequest,
  join: Join,
  ports: HostPorts,
  publication: Publication,
  containerAddresses: () => string[],
): void {
  const { lastHostPort, ...range } = request;
  const addresses = hostAddresses(request, join);
  const ofHost = addresses.filter(({ family }) => !isRouted(join, family)).map(formatAddress);
  const routed = addresses.filter(({ family }) => isRouted(join, family)).map(formatAddress);
  const published: PortRange[] = [];
  if (ofHost.length > 0) {
    const asked = { ...range, hostAddresses: ofHost };
    const held = isExact(request)
      ? ports.take(asked, containerAddresses)
      : ports.takeOneOf(asked, lastHostPort, containerAddresses);
    publication.held.push(held);
    published.push(held.range);
  }
  if (routed.length > 0) published.push({ ...range, hostAddresses: routed, hostPort: 0 });
  // Shown in the order of the addresses, IPv4 first.
  const [first] = addresses;
  publication.published.push(...(first && isRouted(join, first.family) ? published.toReversed() : published));
}

/**
 * The host's addresses for a request; where the network is routed they only say which family is meant. The engine
 * forwards TCP over IPv6 where the container has only IPv4.
 */
function hostAddresses(request: PortRequest, join: Join): IpAddress[] {
  const { network, endpoint } = join;
  const isForwarded = request.protocol === "tcp" && hostHasIpv6() && !isRouted(join, 4) && !isRouted(join, 6);
  const has = { 4: endpoint.ipv4 !== "", 6: endpoint.ipv6 !== "" || isForwarded };
  const asked = request.hostAddresses.flatMap((text) => parseAddress(text) ?? []);
  const binding = network.driver?.publishing?.hostAddress(network.record.options) ?? anyAddress[4];
  const byDefault = isUnspecified(binding) ? [anyAddress[4], anyAddress[6]] : [binding];
  return (asked.length > 0 ? asked : byDefault)
    .filter(({ family }) => has[family])
    .map((address) => (isRouted(join, address.family) ? anyAddress[address.family] : address));
}

/** The parts of requests that have no effect because the network is routed: "127.0.0.1:80". */
export function ineffectiveBindings({ requests }: Pick<ContainerRecord, "requests">, join: Join): string[] {
  return requests.flatMap(({ hostAddresses, hostPort }) =>
    (hostAddresses.length > 0 ? hostAddresses : [""]).flatMap((text) => {
      const address = parseAddress(text);
      const isWithoutHost = address ? isRouted(join, address.family) : isRouted(join, 4) && isRouted(join, 6);
      const namesHost = hostPort !== 0 || (address !== undefined && !isUnspecified(address));
      return isWithoutHost && namesHost ? [`${text}:${hostPort || ""}`] : [];
    }),
  );
}
