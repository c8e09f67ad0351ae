// Redirects 127.0.0.11:53 in a container to the port Berth's resolver listens on, so that a DNS server in the container
// can bind port 53 on every address. Ports are rewritten statelessly: NAT would turn on connection tracking there.
import {
  type BaseChain,
  createTable,
  drop,
  type Expression,
  fieldIs,
  hasTable,
  type PacketField,
  protocolIs,
  setField,
} from "../../linux/netlink/nft-rules.ts";
import { bigEndian16 } from "../../linux/netlink/nftables.ts";
import { NETLINK_NETFILTER, NetlinkSocket } from "../../linux/netlink/socket.ts";

/** Above the kernel's ephemeral ports, and rarely used. */
export const RESOLVER_PORT = 65053;
const DNS_PORT = 53;

const TABLE = "berth";
/** Before connection tracking on output, so that a container that uses it sees the same ports in both directions. */
const RAW_PRIORITY = -300;

const resolverAddress = Uint8Array.of(127, 0, 0, 11);
const source: PacketField = { header: "network", offset: 12, length: 4 };
const destination: PacketField = { header: "network", offset: 16, length: 4 };
const sourcePort: PacketField = { header: "transport", offset: 0, length: 2 };
const destinationPort: PacketField = { header: "transport", offset: 2, length: 2 };

const transports = [
  { number: 17, checksumOffset: 6 },
  { number: 6, checksumOffset: 16 },
];

const ICMP = 1;
const icmpType: PacketField = { header: "transport", offset: 0, length: 1 };
const DESTINATION_UNREACHABLE = 3;

/** Creates the rules in the current network namespace, unless they exist. */
export function redirectResolver(): void {
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  // A transaction that fails waits for an RCU grace period, some 10 ms: too long for each container of a new daemon.
  if (hasTable(socket, TABLE)) return;
  createTable(socket, TABLE, chains());
}

function chains(): BaseChain[] {
  return [
    {
      hook: "output",
      priority: RAW_PRIORITY,
      rules: transports.map((transport) => rewrite(destination, destinationPort, DNS_PORT, RESOLVER_PORT, transport)),
    },
    {
      hook: "input",
      priority: RAW_PRIORITY,
      rules: [
        ...transports.map((transport) => rewrite(source, sourcePort, RESOLVER_PORT, DNS_PORT, transport)),
        // Nothing listens while the daemon restarts. Without this error a client retries instead of giving up.
        [
          ...fieldIs(source, resolverAddress),
          ...protocolIs(ICMP),
          ...fieldIs(icmpType, Uint8Array.of(DESTINATION_UNREACHABLE)),
          ...drop(),
        ],
      ],
    },
  ];
}

function rewrite(
  address: PacketField,
  port: PacketField,
  from: number,
  to: number,
  transport: { number: number; checksumOffset: number },
): Expression[] {
  return [
    ...fieldIs(address, resolverAddress),
    ...protocolIs(transport.number),
    ...fieldIs(port, bigEndian16(from)),
    ...setField(port, bigEndian16(to), transport.checksumOffset),
  ];
}
