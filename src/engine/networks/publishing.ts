// Publishing a container's ports: taking ports of the host and leading them to the container.
import { BerthError, messageOf } from "../../api/errors.ts";
import { OPTION_HOST_BINDING } from "../../network/drivers/bridge.ts";
import { type Forwarding, forwardingEntries } from "../../network/firewall/entries.ts";
import type { FirewallEntry } from "../../network/firewall/firewall.ts";
import { hostHasIpv6 } from "../../network/forwarding.ts";
import type { HeldPort, HostPorts } from "../../network/host-ports.ts";
import { formatAddress, type IpAddress, parseAddress } from "../../network/ip.ts";
import { type PublishedWish, publishedWishes, wantSamePort } from "../../network/port-bindings.ts";
import { gatewayJoin, type Join } from "./endpoints.ts";
import type { ContainerRecord, EndpointRecord, PublishedPort } from "./records.ts";

const ANY_IPV4: IpAddress = { family: 4, value: 0n };
const ANY_IPV6: IpAddress = { family: 6, value: 0n };

/** What is published, and the ports of the host held for it. */
export interface Publication {
  published: PublishedPort[];
  held: HeldPort[];
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
    for (const group of groups(publishedWishes(record.bindings, record.exposed, record.publishAll))) {
      takeGroup(group, join, ports, publication, addresses);
    }
    return publication;
  } catch (thrown) {
    for (const { release } of publication.held) release();
    const kind = thrown instanceof BerthError ? thrown.kind : "internal";
    const endpoint = `${name} (${join.endpoint.id})`;
    const reason = `driver failed programming external connectivity on endpoint ${endpoint}: ${messageOf(thrown)}`;
    throw new BerthError(kind, `failed to set up container networking: ${reason}`, thrown);
  }
}

/** Wishes that differ only in the host's address go together. */
function groups(wishes: PublishedWish[]): PublishedWish[][] {
  const found: PublishedWish[][] = [];
  for (const wish of wishes) {
    const last = found.at(-1);
    const [first] = last ?? [];
    if (last && first && wantSamePort(first, wish)) last.push(wish);
    else found.push([wish]);
  }
  return found;
}

function takeGroup(
  group: PublishedWish[],
  join: Join,
  ports: HostPorts,
  publication: Publication,
  containerAddresses: () => string[],
): void {
  const [first] = group;
  const addresses = group.flatMap((wish) => hostAddresses(wish, join));
  if (!first || addresses.length === 0) return;
  const { protocol, port, firstPort, lastPort } = first;
  const target = { addresses: containerAddresses, port };
  const held = ports.take({ protocol, addresses, firstPort, lastPort, target });
  publication.held.push(held);
  for (const address of addresses) {
    publication.published.push({ protocol, port, hostAddress: formatAddress(address), hostPort: held.port });
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
export function publicationEntries(published: readonly PublishedPort[], endpoint: EndpointRecord): FirewallEntry[] {
  return forwardingEntries(
    published.flatMap(({ protocol, port, hostAddress, hostPort }): Forwarding[] => {
      const host = parseAddress(hostAddress);
      const container = host && parseAddress(host.family === 4 ? endpoint.ipv4 : endpoint.ipv6);
      if (!host || !container) return [];
      return [{ protocol, hostAddress: host, hostPort, containerAddress: container, containerPort: port }];
    }),
  );
}

/** Takes back the ports a running container has had since before the engine was started. */
export function retakePorts(
  published: readonly PublishedPort[],
  ports: HostPorts,
  containerAddresses: () => string[],
): HeldPort[] {
  const together = Map.groupBy(published, ({ protocol, port, hostPort }) => `${protocol}/${port}/${hostPort}`);
  return [...together.values()].flatMap((members) => {
    const [first] = members;
    const addresses = members.flatMap(({ hostAddress }) => parseAddress(hostAddress) ?? []);
    if (!first) return [];
    const target = { addresses: containerAddresses, port: first.port };
    return [ports.retake({ protocol: first.protocol, addresses, port: first.hostPort }, target)];
  });
}
