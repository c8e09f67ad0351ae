// The elements of networks and containers in the firewall's sets.
import type { PortRange, TransportProtocol } from "../../api/port-ranges.ts";
import { bigEndian16, concatenated, interfaceName } from "../../linux/netlink/nftables.ts";
import { bytesOf, type IpAddress, isUnspecified, parseAddress } from "../ip.ts";
import type { FirewallEntry } from "./firewall.ts";

export const protocolNumbers: Record<TransportProtocol, number> = { tcp: 6, udp: 17, sctp: 132 };

/** The properties of a bridge that the rules depend on. */
export interface BridgeTraits {
  name: string;
  internal: boolean;
  /** Whether its containers must not reach each other. */
  apart: boolean;
  masquerade4: boolean;
  masquerade6: boolean;
  /** Whether its containers are reachable from outside at their own addresses, on all ports. */
  open4: boolean;
  open6: boolean;
  /** The same, on published ports only. */
  routed4: boolean;
  routed6: boolean;
}

export function bridgeEntries(traits: BridgeTraits): FirewallEntry[] {
  const { name, internal, apart, masquerade4, masquerade6, open4, open6, routed4, routed6 } = traits;
  const key = interfaceName(name);
  const entries: FirewallEntry[] = [
    { set: "bridges", element: { key } },
    { set: "same", element: { key: concatenated(key, key) } },
  ];
  if (apart) entries.push({ set: "apart", element: { key: concatenated(key, key) } });
  if (internal) entries.push({ set: "internal", element: { key } });
  if (masquerade4) entries.push({ set: "masquerading4", element: { key } });
  if (masquerade6) entries.push({ set: "masquerading6", element: { key } });
  if (open4) entries.push({ set: "open4", element: { key } });
  if (open6) entries.push({ set: "open6", element: { key } });
  if (routed4) entries.push({ set: "routed4", element: { key } });
  if (routed6) entries.push({ set: "routed6", element: { key } });
  return entries;
}

/**
 * The elements that map published ports to a container.
 * @param containerAddresses at most one of each family
 */
export function portEntries(
  published: readonly PortRange[],
  containerAddresses: readonly IpAddress[],
): FirewallEntry[] {
  const own = new Map<string, FirewallEntry>();
  const entries = published.flatMap((range) =>
    range.hostAddresses.flatMap((text): FirewallEntry[] => {
      const host = parseAddress(text);
      const container = containerAddresses.find(({ family }) => family === host?.family);
      if (!host || !container) return [];
      if (range.hostPort === 0) return [openedEntry(range, container)];
      const bytes = bytesOf(container);
      const set = container.family === 4 ? "own4" : "own6";
      own.set(set, { set, element: { key: concatenated(bytes, bytes) } });
      return range.count > 1 && range.hostPort === range.containerPort
        ? [rangeEntry(range, host, container)]
        : Array.from({ length: range.count }, (_, index) => portEntry(range, index, host, container));
    }),
  );
  return [...entries, ...own.values()];
}

/** Ports that are reachable at the container's own address. */
function openedEntry({ protocol, containerPort, count }: PortRange, container: IpAddress): FirewallEntry {
  const keyOfPort = (port: number): Uint8Array =>
    concatenated(bytesOf(container), Uint8Array.of(protocolNumbers[protocol]), bigEndian16(port));
  const element = { key: keyOfPort(containerPort), keyEnd: keyOfPort(containerPort + count - 1) };
  return { set: container.family === 4 ? "direct4" : "direct6", element };
}

/** The key of a port in the maps of its host address. */
function keyOf(protocol: TransportProtocol, host: IpAddress, port: number): Uint8Array {
  const fields = [Uint8Array.of(protocolNumbers[protocol]), bigEndian16(port)];
  return isUnspecified(host) ? concatenated(...fields) : concatenated(bytesOf(host), ...fields);
}

function portEntry(range: PortRange, index: number, host: IpAddress, container: IpAddress): FirewallEntry {
  const set4 = isUnspecified(host) ? "published4" : "published4at";
  const set6 = isUnspecified(host) ? "published6" : "published6at";
  const data = concatenated(bytesOf(container), bigEndian16(range.containerPort + index));
  const key = keyOf(range.protocol, host, range.hostPort + index);
  return { set: container.family === 4 ? set4 : set6, element: { key, data } };
}

function rangeEntry({ protocol, hostPort, count }: PortRange, host: IpAddress, container: IpAddress): FirewallEntry {
  const set4 = isUnspecified(host) ? "ranges4" : "ranges4at";
  const set6 = isUnspecified(host) ? "ranges6" : "ranges6at";
  const keyEnd = keyOf(protocol, host, hostPort + count - 1);
  const element = { key: keyOf(protocol, host, hostPort), keyEnd, data: bytesOf(container) };
  return { set: container.family === 4 ? set4 : set6, element };
}
