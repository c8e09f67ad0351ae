// Endpoints: a container's addresses on one network, and which of its networks has the default route.
import { BerthError } from "../../api/errors.ts";
import { formatAddress, type IpAddress, type IpPrefix, parseAddress } from "../../network/ip.ts";
import { macOfAddress, randomMac } from "../../network/mac.ts";
import type { Catalogue } from "./catalogue.ts";
import { newId } from "./ids.ts";
import type { Network } from "./network.ts";
import type { Attachment, ContainerRecord, EndpointRecord } from "./records.ts";

const HOST_NAME_DIGITS = 7;
const LINK_LOCAL_LENGTH = { 4: 16, 6: 64 } as const;

/** The container's MAC address, used if the attachment has none, and whether its interfaces have no IPv6 addresses. */
export type EndpointSettings = Pick<ContainerRecord, "macAddress" | "withoutIpv6">;

/**
 * Allocates addresses on the network for a container's interface.
 * @throws BerthError if an address cannot be allocated or the network is configuration-only; nothing is allocated then
 */
export function makeEndpoint(
  network: Network,
  { request }: Attachment,
  interfaceName: string,
  { macAddress, withoutIpv6 = false }: EndpointSettings,
): EndpointRecord {
  if (network.record.configOnly) {
    throw new BerthError("forbidden", "cannot create endpoint on configuration-only network");
  }
  const id = newId();
  const ipv4 = network.has(4) ? network.allocate(4, request.addresses?.ipv4) : undefined;
  let ipv6: IpAddress | undefined;
  try {
    ipv6 = network.has(6) && !withoutIpv6 ? network.allocate(6, request.addresses?.ipv6) : undefined;
  } catch (thrown) {
    if (ipv4) network.release(formatAddress(ipv4));
    throw thrown;
  }
  return {
    id,
    networkId: network.id,
    interfaceName,
    hostName: `veth${id.slice(0, HOST_NAME_DIGITS)}`,
    mac: hasOwnMac(network) ? request.macAddress || macAddress || (ipv4 ? macOfAddress(ipv4) : randomMac()) : "",
    ipv4: ipv4 ? formatAddress(ipv4) : "",
    ipv6: ipv6 ? formatAddress(ipv6) : "",
  };
}

/** A network without subnets has no interfaces. */
function hasOwnMac({ subnets, driver }: Network): boolean {
  return subnets.length > 0 && driver?.hasOwnMac === true;
}

export function releaseEndpoint(catalogue: Catalogue, endpoint: EndpointRecord): void {
  const network = catalogue.get(endpoint.networkId);
  if (endpoint.ipv4) network?.release(endpoint.ipv4);
  if (endpoint.ipv6) network?.release(endpoint.ipv6);
}

/** The endpoint's addresses with the prefix lengths of their subnets. */
export function interfaceAddresses(network: Network, endpoint: EndpointRecord): IpPrefix[] {
  return [endpoint.ipv4, endpoint.ipv6].flatMap((text) => {
    const address = parseAddress(text);
    return address ? [{ address, length: network.prefixLength(address) }] : [];
  });
}

/** The addresses requested with --link-local-ip. */
export function linkLocalAddresses({ request }: Attachment): IpPrefix[] {
  return (request.addresses?.linkLocal ?? []).flatMap((text) => {
    const address = parseAddress(text);
    return address ? [{ address, length: LINK_LOCAL_LENGTH[address.family] }] : [];
  });
}

/** An endpoint with its network and the request for it. */
export interface Join {
  network: Network;
  attachment: Attachment;
  endpoint: EndpointRecord;
}

/**
 * The network with the container's default route in one family: the highest gateway priority, then the first name.
 * Never an internal network.
 */
export function gatewayJoin(joins: readonly Join[], family: 4 | 6): Join | undefined {
  return joins
    .filter(({ network, endpoint }) => {
      const hasAddress = (family === 4 ? endpoint.ipv4 : endpoint.ipv6) !== "";
      return hasAddress && !network.record.internal && providesGateway(network, family);
    })
    .toSorted(
      (one, other) =>
        (other.attachment.request.gatewayPriority ?? 0) - (one.attachment.request.gatewayPriority ?? 0) ||
        (one.network.name < other.network.name ? -1 : 1),
    )[0];
}

function providesGateway(network: Network, family: 4 | 6): boolean {
  return network.gateway(family) !== undefined || network.driver?.routesByInterface(network.record.options) === true;
}
