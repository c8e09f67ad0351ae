// Endpoints: what a container gets on one network when it starts, and which of its networks leads outside.
import { OPTION_INTERFACE_PREFIX } from "../../network/drivers/driver.ts";
import { formatAddress, type IpAddress, type IpPrefix, parseAddress } from "../../network/ip.ts";
import { macOfAddress, randomMac } from "../../network/mac.ts";
import type { Catalogue } from "./catalogue.ts";
import { newId } from "./ids.ts";
import type { Network } from "./network.ts";
import type { Attachment, EndpointRecord } from "./records.ts";

const HOST_NAME_DIGITS = 7;
const LINK_LOCAL_LENGTH = { 4: 16, 6: 64 } as const;

/**
 * Takes addresses on the network for a container's interface.
 * @param macAddress the container-wide one, used where the attachment names none.
 * @throws BerthError when an address cannot be had; nothing is taken then.
 */
export function makeEndpoint(
  network: Network,
  { request }: Attachment,
  interfaceName: string,
  macAddress: string,
): EndpointRecord {
  const id = newId();
  const ipv4 = network.has(4) ? network.allocate(4, request.IPAMConfig?.IPv4Address) : undefined;
  let ipv6: IpAddress | undefined;
  try {
    ipv6 = network.has(6) ? network.allocate(6, request.IPAMConfig?.IPv6Address) : undefined;
  } catch (thrown) {
    if (ipv4) network.release(formatAddress(ipv4));
    throw thrown;
  }
  return {
    id,
    networkId: network.id,
    interfaceName,
    hostName: `veth${id.slice(0, HOST_NAME_DIGITS)}`,
    mac: hasOwnMac(network) ? request.MacAddress || macAddress || (ipv4 ? macOfAddress(ipv4) : randomMac()) : "",
    ipv4: ipv4 ? formatAddress(ipv4) : "",
    ipv6: ipv6 ? formatAddress(ipv6) : "",
  };
}

/** "host" and "none" have no interfaces, and ipvlan's have the address of the host's. */
function hasOwnMac({ subnets, record }: Network): boolean {
  return subnets.length > 0 && record.driver !== "ipvlan";
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

/** Docker's options of an endpoint: its interface's name, and kernel options for it. */
const OPTION_INTERFACE_NAME = "com.docker.network.endpoint.ifname";
const OPTION_SYSCTLS = "com.docker.network.endpoint.sysctls";

const DEFAULT_PREFIX = "eth";

/** The name of a container's interface on a network, given those it has already. */
export function interfaceNameFor(network: Network, { request }: Attachment, taken: readonly string[]): string {
  const wanted = request.DriverOpts?.[OPTION_INTERFACE_NAME];
  if (wanted && !taken.includes(wanted)) return wanted;
  const prefix = network.record.options[OPTION_INTERFACE_PREFIX] || DEFAULT_PREFIX;
  const names = Array.from({ length: taken.length + 1 }, (_, number) => `${prefix}${number}`);
  return names.find((name) => !taken.includes(name)) ?? `${prefix}${taken.length}`;
}

/** "net.ipv4.conf.IFNAME.log_martians=1,…" for an interface, by the paths below /proc/sys. */
export function interfaceOptions({ request }: Attachment, interfaceName: string): Record<string, string> {
  const entries = (request.DriverOpts?.[OPTION_SYSCTLS] ?? "").split(",").filter((entry) => entry.includes("="));
  return Object.fromEntries(
    entries.map((entry) => {
      const equals = entry.indexOf("=");
      const [net, family, kind, , ...option] = entry.slice(0, equals).trim().split(".");
      return [[net, family, kind, interfaceName, ...option].join("/"), entry.slice(equals + 1)];
    }),
  );
}

const SYSCTL = /^net\.(ipv4|ipv6|mpls)\.(conf|neigh)\.ifname\.[a-z0-9_]+=[^/]*$/i;

/** What is wrong with the kernel options asked for; they may only be the interface's own. */
export function sysctlProblems(options: Record<string, string> | undefined): string[] {
  const entries = (options?.[OPTION_SYSCTLS] ?? "").split(",").filter((entry) => entry !== "");
  return entries
    .filter((entry) => !SYSCTL.test(entry.trim()))
    .map(
      (entry) =>
        `unrecognised network interface sysctl '${entry}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'`,
    );
}

/** The further addresses asked for with --link-local-ip. */
export function linkLocalAddresses({ request }: Attachment): IpPrefix[] {
  return (request.IPAMConfig?.LinkLocalIPs ?? []).flatMap((text) => {
    const address = parseAddress(text);
    return address ? [{ address, length: LINK_LOCAL_LENGTH[address.family] }] : [];
  });
}

/** An endpoint with its network and what was asked of it. */
export interface Join {
  network: Network;
  attachment: Attachment;
  endpoint: EndpointRecord;
}

/**
 * The network a container's packets to the outside take in one family: the highest gateway priority, then the first
 * name; internal networks never.
 */
export function gatewayJoin(joins: readonly Join[], family: 4 | 6): Join | undefined {
  return joins
    .filter(({ network, endpoint }) => {
      const hasAddress = (family === 4 ? endpoint.ipv4 : endpoint.ipv6) !== "";
      return hasAddress && !network.record.internal && leadsOutside(network, family);
    })
    .toSorted(
      (one, other) =>
        (other.attachment.request.GwPriority ?? 0) - (one.attachment.request.GwPriority ?? 0) ||
        (one.network.name < other.network.name ? -1 : 1),
    )[0];
}

/** ipvlan in its layer 3 modes routes without a gateway's address. */
function leadsOutside(network: Network, family: 4 | 6): boolean {
  return network.gateway(family) !== undefined || network.record.driver === "ipvlan";
}
