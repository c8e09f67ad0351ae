// In a container, 127.0.0.11 port 53 is Berth's resolver although it listens on another port, so that a DNS server in
// the container may have port 53 on every address. The ports are rewritten packet by packet, without connection
// tracking, which a container thus does not pay for.
import { isErrno } from "../../linux/errno.ts";
import {
  type BaseChain,
  createTable,
  drop,
  type Expression,
  fieldIs,
  type PacketField,
  protocolIs,
  setField,
} from "../../linux/netlink/nft-rules.ts";
import { bigEndian16 } from "../../linux/netlink/nftables.ts";
import { NETLINK_NETFILTER, NetlinkSocket } from "../../linux/netlink/socket.ts";

/** Above the ports the kernel gives to clients, and rarely anyone's own. */
export const RESOLVER_PORT = 65053;
const DNS_PORT = 53;

const TABLE = "berth";
/** Before connection tracking on the way out, so that both directions look alike to a container that uses it. */
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

/** Makes the rules in the namespace the thread is in; has no effect when they are there. */
export function redirectResolver(): void {
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  try {
    createTable(socket, TABLE, chains());
  } catch (thrown) {
    if (!isErrno(thrown, "EEXIST")) throw thrown;
  }
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
        // While the engine restarts nobody listens: a client that is not told so asks again instead of giving up.
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
