// UDP flows and published ports. A flow that began before its port was published, or before the container behind it was
// another, would keep going where it went.
import { forgetFlowsAnsweredFrom, forgetFlowsToPorts } from "../linux/netlink/conntrack.ts";
import { NETLINK_NETFILTER, NetlinkSocket } from "../linux/netlink/socket.ts";
import { protocolNumbers } from "./firewall/entries.ts";
import { bytesOf, type IpAddress } from "./ip.ts";

/** UDP ports have just been published. */
export function turnFlowsToPorts(ports: ReadonlySet<number>): void {
  if (ports.size === 0) return;
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  for (const family of [4, 6] as const) {
    forgetFlowsToPorts(socket, { family, protocol: protocolNumbers.udp, ports });
  }
}

/** A container that had published UDP ports has gone from its addresses. */
export function endFlowsOf(addresses: readonly IpAddress[]): void {
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  for (const address of addresses) {
    forgetFlowsAnsweredFrom(socket, { protocol: protocolNumbers.udp, address: bytesOf(address) });
  }
}
