// Deletes entries of connection tracking whose translation is outdated. Needed for UDP only: a flow lasts as long as its
// sender keeps sending.
import { isErrno } from "../errno.ts";
import { decodeAttributes, MessageBody, type OutgoingMessage } from "./message.ts";
import { nfHeader } from "./nftables.ts";
import type { NetlinkSocket } from "./socket.ts";

const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_GET = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const NF_HEADER_LENGTH = 4;
const AF_INET = 2;
const AF_INET6 = 10;

const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_FILTER = 25;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_REPLY_FLAGS = 2;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_IP_V4_SRC = 1;
const CTA_IP_V6_SRC = 3;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_DST_PORT = 3;
const NESTED = 0x8000;

const FILTER_SOURCE = 1 << 0;
const FILTER_PROTOCOL = 1 << 3;

/** Flows to ports of this host in one address family, translated or not. */
export interface FlowsToPorts {
  family: 4 | 6;
  protocol: number;
  ports: ReadonlySet<number>;
}

/** Flows whose answers come from an address: those that were translated to a container. */
export interface FlowsAnsweredFrom {
  protocol: number;
  /** 4 or 16 bytes. */
  address: Uint8Array;
}

/** Deletes the flows to the ports. */
export function deleteFlowsToPorts(socket: NetlinkSocket, { family, protocol, ports }: FlowsToPorts): void {
  const filter = new MessageBody()
    .append(nfHeader(family === 4 ? AF_INET : AF_INET6))
    .nested(CTA_TUPLE_ORIG, (tuple) => tuple.nested(CTA_TUPLE_PROTO, (data) => data.uint8(CTA_PROTO_NUM, protocol)))
    .nested(CTA_FILTER, (flags) =>
      flags.uint32(CTA_FILTER_ORIG_FLAGS, FILTER_PROTOCOL).uint32(CTA_FILTER_REPLY_FLAGS, 0),
    );
  forget(socket, filter, (tuple) => ports.has(destinationPortOf(tuple)));
}

function destinationPortOf(tuple: Uint8Array): number {
  const transport = decodeAttributes(tuple).get(CTA_TUPLE_PROTO);
  const [high = 0, low = 0] = (transport && decodeAttributes(transport).get(CTA_PROTO_DST_PORT)) ?? [];
  return (high << 8) | low;
}

/** Deletes the flows whose answers come from the address. */
export function deleteFlowsAnsweredFrom(socket: NetlinkSocket, { protocol, address }: FlowsAnsweredFrom): void {
  const isIpv4 = address.length === 4;
  const filter = new MessageBody()
    .append(nfHeader(isIpv4 ? AF_INET : AF_INET6))
    .nested(CTA_TUPLE_REPLY, (tuple) => {
      tuple
        .nested(CTA_TUPLE_IP, (data) => data.attribute(isIpv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, address))
        .nested(CTA_TUPLE_PROTO, (data) => data.uint8(CTA_PROTO_NUM, protocol));
    })
    .nested(CTA_FILTER, (flags) =>
      flags.uint32(CTA_FILTER_ORIG_FLAGS, 0).uint32(CTA_FILTER_REPLY_FLAGS, FILTER_SOURCE | FILTER_PROTOCOL),
    );
  forget(socket, filter, () => true);
}

function forget(socket: NetlinkSocket, filter: MessageBody, isMeant: (tuple: Uint8Array) => boolean): void {
  for (const { body } of socket.dump(message(IPCTNL_MSG_CT_GET, filter), "list flows")) {
    const tuple = decodeAttributes(body, NF_HEADER_LENGTH).get(CTA_TUPLE_ORIG);
    if (!tuple || !isMeant(tuple)) continue;
    const request = new MessageBody()
      .append(body.subarray(0, NF_HEADER_LENGTH))
      .attribute(CTA_TUPLE_ORIG | NESTED, tuple);
    try {
      socket.request(message(IPCTNL_MSG_CT_DELETE, request), "forget flow");
    } catch (thrown) {
      // It has ended meanwhile.
      if (!isErrno(thrown, "ENOENT")) throw thrown;
    }
  }
}

function message(type: number, body: MessageBody): OutgoingMessage {
  return { type: (NFNL_SUBSYS_CTNETLINK << 8) | type, flags: 0, body: body.finish() };
}
