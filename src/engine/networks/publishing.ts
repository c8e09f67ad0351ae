// Publishing a container's ports: taking ports of the host and leading them to the container.
import { prefixed } from "../../api/errors.ts";
import { type Forwarding, forwardingEntries, openingEntry } from "../../network/firewall/entries.ts";
import type { FirewallEntry } from "../../network/firewall/firewall.ts";
import { hostHasIpv6 } from "../../network/forwarding.ts";
import type { HeldPorts, HostPorts } from "../../network/host-ports.ts";
import { type Family, formatAddress, type IpAddress, parseAddress, sameAddress } from "../../network/ip.ts";
import { type PublishedWish, publishedWishes, wantSamePort } from "../../network/port-bindings.ts";
import { gatewayJoin, type Join } from "./endpoints.ts";
import type { ContainerRecord, EndpointRecord, PublishedPorts } from "./records.ts";

const anyAddress = { 4: { family: 4, value: 0n }, 6: { family: 6, value: 0n } } as const;

/** What is published, and the ports of the host held for it. */
export interface Publication {
  published: PublishedPorts[];
  held: HeldPorts[];
}

/** Networks whose containers' ports can be published. */
const isPublishing = ({ network }: Join): boolean =>
  network.driver?.publishing !== undefined && !network.record.internal;

/** The endpoint that published ports lead to. */
export function publishingJoin(joins: readonly Join[]): Join | undefined {
  const candidate = gatewayJoin(joins, 4) ?? gatewayJoin(joins, 6);
  return candidate && isPublishing(candidate) ? candidate : undefined;
}

/** Whether the network's containers are reached at their own addresses, and take no port of the host. */
export function isRouted({ network }: Pick<Join, "network">, family: Family): boolean {
  return network.driver?.publishing?.isRouted(network.record.options, family) === true;
}

/** Whether ports were published in the way of the network that they lead to. */
export function areOf(join: Join, published: readonly PublishedPorts[]): boolean {
  return published.every(({ hostAddress, hostPort }) => {
    const family = parseAddress(hostAddress)?.family ?? 4;
    return (hostPort === 0) === isRouted(join, family);
  });
}

/**
 * Takes the ports of the host that a container publishes.
 * @throws BerthError in Docker's words when one cannot be had; none is held then.
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
    const wishes = publishedWishes(record.bindings, record.exposed, record.publishAll);
    for (const wish of runs(groups(wishes, join))) takePorts(wish, join, ports, publication, addresses);
    return publication;
  } catch (thrown) {
    for (const { release } of publication.held) release();
    const endpoint = `${name} (${join.endpoint.id})`;
    const where = `driver failed programming external connectivity on endpoint ${endpoint}`;
    throw prefixed(`failed to set up container networking: ${where}`, thrown);
  }
}

/** Ports that are taken together: the same of the host on every address, `count` of them. */
interface GroupedWish extends Omit<PublishedWish, "hostAddress"> {
  addresses: IpAddress[];
  count: number;
}

/** Wishes that differ only in the host's address, together; without those no address of the container can meet. */
function groups(wishes: PublishedWish[], join: Join): GroupedWish[] {
  const found: GroupedWish[] = [];
  let before: PublishedWish | undefined;
  for (const wish of wishes) {
    const last = found.at(-1);
    const addresses = hostAddresses(wish, join);
    if (last && before && wantSamePort(before, wish)) last.addresses.push(...addresses);
    else found.push({ ...wish, addresses, count: 1 });
    before = wish;
  }
  return found.filter(({ addresses }) => addresses.length > 0);
}

/** Exact ports that follow each other on both sides, as one range. */
function runs(wishes: GroupedWish[]): GroupedWish[] {
  const found: GroupedWish[] = [];
  for (const wish of wishes) {
    const last = found.at(-1);
    if (last && continues(last, wish)) last.count++;
    else found.push(wish);
  }
  return found;
}

function continues(run: GroupedWish, next: GroupedWish): boolean {
  const isExact = next.firstPort !== 0 && next.firstPort === next.lastPort;
  return (
    isExact &&
    run.firstPort === run.lastPort &&
    run.protocol === next.protocol &&
    run.port + run.count === next.port &&
    run.firstPort + run.count === next.firstPort &&
    run.addresses.length === next.addresses.length &&
    run.addresses.every((address, index) => {
      const other = next.addresses[index];
      return other !== undefined && sameAddress(address, other);
    })
  );
}

function takePorts(
  wish: GroupedWish,
  join: Join,
  ports: HostPorts,
  publication: Publication,
  containerAddresses: () => string[],
): void {
  const { protocol, port, firstPort, lastPort, count } = wish;
  const addresses = wish.addresses.filter(({ family }) => !isRouted(join, family));
  let first = 0;
  if (addresses.length > 0) {
    const target = { addresses: containerAddresses, port };
    const isExact = firstPort !== 0 && firstPort === lastPort;
    const held = isExact
      ? ports.take({ protocol, addresses, first: firstPort, count }, target)
      : ports.takeOneOf({ protocol, addresses, firstPort, lastPort }, target);
    publication.held.push(held);
    first = held.first;
  }
  for (const address of wish.addresses) {
    const hostPort = isRouted(join, address.family) ? 0 : first;
    publication.published.push({ protocol, port, hostAddress: formatAddress(address), hostPort, count });
  }
}

/**
 * The host's addresses of one wish; where the network is routed they only say which family is meant. TCP to IPv6 is
 * passed on by the engine where the container has only IPv4.
 */
function hostAddresses({ hostAddress: wanted, protocol }: PublishedWish, join: Join): IpAddress[] {
  const { network, endpoint } = join;
  const isPassedOn = protocol === "tcp" && hostHasIpv6() && !isRouted(join, 4) && !isRouted(join, 6);
  const has = { 4: endpoint.ipv4 !== "", 6: endpoint.ipv6 !== "" || isPassedOn };
  const binding = network.driver?.publishing?.hostAddress(network.record.options) ?? anyAddress[4];
  const chosen = wanted ? [wanted] : binding.value === 0n ? [anyAddress[4], anyAddress[6]] : [binding];
  return chosen
    .filter(({ family }) => has[family])
    .map((address) => (isRouted(join, address.family) ? anyAddress[address.family] : address));
}

/** The bindings that name a port or an address of the host in vain, because the network is routed: "127.0.0.1:80". */
export function bindingsInVain({ bindings }: Pick<ContainerRecord, "bindings">, join: Join): string[] {
  return publishedWishes(bindings, [], false).flatMap(({ hostAddress, firstPort }) => {
    const isWithoutHost = hostAddress ? isRouted(join, hostAddress.family) : isRouted(join, 4) && isRouted(join, 6);
    const namesHost = firstPort !== 0 || (hostAddress !== undefined && hostAddress.value !== 0n);
    return isWithoutHost && namesHost ? [`${hostAddress ? formatAddress(hostAddress) : ""}:${firstPort || ""}`] : [];
  });
}

/** What the firewall needs for the published ports of a container to reach `endpoint`. */
export function publicationEntries(published: readonly PublishedPorts[], endpoint: EndpointRecord): FirewallEntry[] {
  const openings: FirewallEntry[] = [];
  const forwardings: Forwarding[] = [];
  for (const { protocol, port: containerPort, hostAddress: text, hostPort, count } of published) {
    const hostAddress = parseAddress(text);
    const containerAddress = hostAddress && parseAddress(hostAddress.family === 4 ? endpoint.ipv4 : endpoint.ipv6);
    if (!containerAddress) continue;
    const opening = { protocol, containerAddress, containerPort, count };
    if (hostPort === 0) openings.push(openingEntry(opening));
    else forwardings.push({ ...opening, hostAddress, hostPort });
  }
  return [...openings, ...forwardingEntries(forwardings)];
}

/** Takes back the ports a running container has had since before the engine was started. */
export function retakePorts(
  published: readonly PublishedPorts[],
  ports: HostPorts,
  containerAddresses: () => string[],
): HeldPorts[] {
  const ofHost = published.filter(({ hostPort }) => hostPort !== 0);
  const together = Map.groupBy(ofHost, (run) => `${run.protocol}/${run.port}/${run.hostPort}/${run.count}`);
  return [...together.values()].flatMap((members) => {
    const [first] = members;
    const addresses = members.flatMap(({ hostAddress }) => parseAddress(hostAddress) ?? []);
    if (!first) return [];
    const target = { addresses: containerAddresses, port: first.port };
    const { protocol, hostPort, count } = first;
    return [ports.retake({ protocol, addresses, first: hostPort, count }, target)];
  });
}
