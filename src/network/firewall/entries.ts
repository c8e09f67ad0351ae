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
}

export function bridgeEntries({ name, internal, apart, masquerade4, masquerade6 }: BridgeTraits): FirewallEntry[] {
  const key = interfaceName(name);
  const entries: FirewallEntry[] = [
    { set: "bridges", element: { key } },
    { set: "same", element: { key: concatenated(key, key) } },
  ];
  if (apart) entries.push({ set: "apart", element: { key: concatenated(key, key) } });
  if (internal) entries.push({ set: "internal", element: { key } });
  if (masquerade4) entries.push({ set: "masquerading4", element: { key } });
  if (masquerade6) entries.push({ set: "masquerading6", element: { key } });
  return entries;
}

/** A port of the host that leads to a port of a container, both of one family. */
export interface Forwarding {
  protocol: TransportProtocol;
  /** The unspecified address (0.0.0.0, ::) stands for every address of the host. */
  hostAddress: IpAddress;
  hostPort: number;
  containerAddress: IpAddress;
  containerPort: number;
}

export function forwardingEntries(forwardings: Forwarding[]): FirewallEntry[] {
  const own = new Map<string, FirewallEntry>();
  const published = forwardings.map((forwarding): FirewallEntry => {
    const { protocol, hostAddress, hostPort, containerAddress, containerPort } = forwarding;
    const container = bytesOf(containerAddress);
    const family = containerAddress.family;
    own.set(container.join(), {
      set: family === 4 ? "own4" : "own6",
      element: { key: concatenated(container, container) },
    });
    const port = [Uint8Array.of(protocolNumbers[protocol]), bigEndian16(hostPort)];
    const data = concatenated(container, bigEndian16(containerPort));
    return hostAddress.value === 0n
      ? { set: family === 4 ? "published4" : "published6", element: { key: concatenated(...port), data } }
      : {
          set: family === 4 ? "published4at" : "published6at",
          element: { key: concatenated(bytesOf(hostAddress), ...port), data },
        };
  });
  return [...published, ...own.values()];
}
