// Publishing a container's ports: taking ports of the host and leading them to the container.
import { BerthError, messageOf } from "../../api/errors.ts";
import { OPTION_HOST_BINDING } from "../../network/drivers/bridge.ts";
import { type Forwarding, forwardingEntries } from "../../network/firewall/entries.ts";
import type { FirewallEntry } from "../../network/firewall/firewall.ts";
import { hostHasIpv6 } from "../../network/forwarding.ts";
import type { HeldPorts, HostPorts } from "../../network/host-ports.ts";
import { formatAddress, type IpAddress, parseAddress, sameAddress } from "../../network/ip.ts";
import { type PublishedWish, publishedWishes, wantSamePort } from "../../network/port-bindings.ts";
import { gatewayJoin, type Join } from "./endpoints.ts";
import type { ContainerRecord, EndpointRecord, PublishedPorts } from "./records.ts";

const ANY_IPV4: IpAddress = { family: 4, value: 0n };
const ANY_IPV6: IpAddress = { family: 6, value: 0n };

/** What is published, and the ports of the host held for it. */
export interface Publication {
  published: PublishedPorts[];
  held: HeldPorts[];
}

/** Networks whose containers' ports can be published. */
const isPublishing = ({ network }: Join): boolean => network.record.driver === "bridge" && !network.record.internal;

/** The endpoint that published ports lead to. */
export function publishingJoin(joins: readonly Join[]): Join | undefined {
  const candidate = gatewayJoin(joins, 4) ?? gatewayJoin(joins, 6);
  return candidate && isPublishing(candidate) ? candidate : undefined;
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
    for (const wish of runs(groups(wishes, join))) takePorts(wish, ports, publication, addresses);
    return publication;
  } catch (thrown) {
    for (const { release } of publication.held) release();
    const kind = thrown instanceof BerthError ? thrown.kind : "internal";
    const endpoint = `${name} (${join.endpoint.id})`;
    const reason = `driver failed programming external connectivity on endpoint ${endpoint}: ${messageOf(thrown)}`;
    throw new BerthError(kind, `failed to set up container networking: ${reason}`, thrown);
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
  ports: HostPorts,
  publication: Publication,
  containerAddresses: () => string[],
): void {
  const { protocol, port, firstPort, lastPort, addresses, count } = wish;
  const target = { addresses: containerAddresses, port };
  const isExact = firstPort !== 0 && firstPort === lastPort;
  const held = isExact
    ? ports.take({ protocol, addresses, first: firstPort, count }, target)
    : ports.takeOneOf({ protocol, addresses, firstPort, lastPort }, target);
  publication.held.push(held);
  for (const address of addresses) {
    publication.published.push({ protocol, port, hostAddress: formatAddress(address), hostPort: held.first, count });
  }
}

/** The host's addresses of one wish. TCP to IPv6 is passed on by the engine where the container has only IPv4. */
function hostAddresses({ hostAddress: wanted, protocol }: PublishedWish, { network, endpoint }: Join): IpAddress[] {
  const has = { 4: endpoint.ipv4 !== "", 6: endpoint.ipv6 !== "" || (protocol === "tcp" && hostHasIpv6()) };
  const binding = parseAddress(network.record.options[OPTION_HOST_BINDING] ?? "") ?? ANY_IPV4;
  const chosen = wanted ? [wanted] : binding.value === 0n ? [ANY_IPV4, ANY_IPV6] : [binding];
  return chosen.filter(({ family }) => has[family]);
}

/** What the firewall needs for the published ports of a container to reach `endpoint`. */
export function publicationEntries(published: readonly PublishedPorts[], endpoint: EndpointRecord): FirewallEntry[] {
  return forwardingEntries(
    published.flatMap(({ protocol, port, hostAddress, hostPort, count }): Forwarding[] => {
      const host = parseAddress(hostAddress);
      const container = host && parseAddress(host.family === 4 ? endpoint.ipv4 : endpoint.ipv6);
      if (!host || !container) return [];
      return [{ protocol, hostAddress: host, hostPort, containerAddress: container, containerPort: port, count }];
    }),
  );
}

/** Takes back the ports a running container has had since before the engine was started. */
export function retakePorts(
  published: readonly PublishedPorts[],
  ports: HostPorts,
  containerAddresses: () => string[],
): HeldPorts[] {
  const together = Map.groupBy(published, (run) => `${run.protocol}/${run.port}/${run.hostPort}/${run.count}`);
  return [...together.values()].flatMap((members) => {
    const [first] = members;
    const addresses = members.flatMap(({ hostAddress }) => parseAddress(hostAddress) ?? []);
    if (!first) return [];
    const target = { addresses: containerAddresses, port: first.port };
    const { protocol, hostPort, count } = first;
    return [ports.retake({ protocol, addresses, first: hostPort, count }, target)];
  });
}
