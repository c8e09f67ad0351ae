// What networks and containers put into the firewall's sets.
import { bigEndian16, concatenated, interfaceName } from "../../linux/netlink/nftables.ts";
import { bytesOf, type IpAddress } from "../ip.ts";
import type { FirewallEntry } from "./firewall.ts";

export type TransportProtocol = "tcp" | "udp" | "sctp";

export const protocolNumbers: Record<TransportProtocol, number> = { tcp: 6, udp: 17, sctp: 132 };

/** What of a bridge the rules depend on. */
export interface BridgeTraits {
  name: string;
  internal: boolean;
  /** Whether its containers are kept from each other. */
  apart: boolean;
  masquerade4: boolean;
  masquerade6: boolean;
  /** Whether its containers' own addresses are reached from outside. */
  open4: boolean;
  open6: boolean;
  /** Whether they are, on published ports alone. */
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

/** Ports of the host that lead to as many of a container, all of one family. */
export interface Forwarding {
  protocol: TransportProtocol;
  /** The unspecified address (0.0.0.0, ::) stands for every address of the host. */
  hostAddress: IpAddress;
  hostPort: number;
  containerAddress: IpAddress;
  containerPort: number;
  /** How many ports follow each other. */
  count: number;
}

export function forwardingEntries(forwardings: Forwarding[]): FirewallEntry[] {
  const own = new Map<string, FirewallEntry>();
  const published = forwardings.flatMap((forwarding): FirewallEntry[] => {
    const container = bytesOf(forwarding.containerAddress);
    const set = forwarding.containerAddress.family === 4 ? "own4" : "own6";
    own.set(container.join(), { set, element: { key: concatenated(container, container) } });
    return forwarding.count > 1 && forwarding.hostPort === forwarding.containerPort
      ? [rangeEntry(forwarding)]
      : Array.from({ length: forwarding.count }, (_, index) => portEntry(forwarding, index));
  });
  return [...published, ...own.values()];
}

/** Ports of a container that are reached at its own address, `count` of them. */
export interface Opening {
  protocol: TransportProtocol;
  containerAddress: IpAddress;
  containerPort: number;
  count: number;
}

export function openingEntry({ protocol, containerAddress, containerPort, count }: Opening): FirewallEntry {
  const keyOfPort = (port: number): Uint8Array =>
    concatenated(bytesOf(containerAddress), Uint8Array.of(protocolNumbers[protocol]), bigEndian16(port));
  const element = { key: keyOfPort(containerPort), keyEnd: keyOfPort(containerPort + count - 1) };
  return { set: containerAddress.family === 4 ? "direct4" : "direct6", element };
}

/** The key of a port in the maps of its host address. */
function keyOf({ protocol, hostAddress }: Forwarding, port: number): Uint8Array {
  const fields = [Uint8Array.of(protocolNumbers[protocol]), bigEndian16(port)];
  return hostAddress.value === 0n ? concatenated(...fields) : concatenated(bytesOf(hostAddress), ...fields);
}

function portEntry(forwarding: Forwarding, index: number): FirewallEntry {
  const { hostAddress, hostPort, containerAddress, containerPort } = forwarding;
  const everywhere = hostAddress.value === 0n;
  const set4 = everywhere ? "published4" : "published4at";
  const set6 = everywhere ? "published6" : "published6at";
  const data = concatenated(bytesOf(containerAddress), bigEndian16(containerPort + index));
  const key = keyOf(forwarding, hostPort + index);
  return { set: containerAddress.family === 4 ? set4 : set6, element: { key, data } };
}

function rangeEntry(forwarding: Forwarding): FirewallEntry {
  const { hostAddress, hostPort, containerAddress, count } = forwarding;
  const everywhere = hostAddress.value === 0n;
  const set4 = everywhere ? "ranges4" : "ranges4at";
  const set6 = everywhere ? "ranges6" : "ranges6at";
  const keyEnd = keyOf(forwarding, hostPort + count - 1);
  const element = { key: keyOf(forwarding, hostPort), keyEnd, data: bytesOf(containerAddress) };
  return { set: containerAddress.family === 4 ? set4 : set6, element };
}
