// Connection tracking of UDP. A flow that started before its port was published, or that belongs to a container that is
// gone, would keep its old destination.
import { deleteFlowsAnsweredFrom, deleteFlowsToPorts } from "../linux/netlink/conntrack.ts";
import { NETLINK_NETFILTER, NetlinkSocket } from "../linux/netlink/socket.ts";
import { protocolNumbers } from "./firewall/entries.ts";
import { bytesOf, type IpAddress } from "./ip.ts";

/** Called after UDP ports have been published. */
export function deleteUdpFlowsToPorts(ports: ReadonlySet<number>): void {
  if (ports.size === 0) return;
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  for (const family of [4, 6] as const) {
    deleteFlowsToPorts(socket, { family, protocol: protocolNumbers.udp, ports });
  }
}

/** Called when a container that had published UDP ports has released its addresses. */
export function deleteUdpFlowsFrom(addresses: readonly IpAddress[]): void {
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  for (const address of addresses) {
    deleteFlowsAnsweredFrom(socket, { protocol: protocolNumbers.udp, address: bytesOf(address) });
  }
}
