// nf_tables rules over netlink: a table with base chains, and the few expressions that are needed to rewrite a port. This
// avoids running nft for each container.
import { isErrno } from "../errno.ts";
import { MessageBody, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, type OutgoingMessage } from "./message.ts";
import { commit, NFPROTO_IPV4, nfHeader, nftMessage } from "./nftables.ts";
import type { NetlinkSocket } from "./socket.ts";

const NFT_MSG_NEWTABLE = 0;
const NFT_MSG_GETTABLE = 1;
const NFT_MSG_NEWCHAIN = 3;
const NFT_MSG_NEWRULE = 6;

const NFTA_TABLE_NAME = 1;
const NFTA_CHAIN_TABLE = 1;
const NFTA_CHAIN_NAME = 3;
const NFTA_CHAIN_HOOK = 4;
const NFTA_CHAIN_TYPE = 7;
const NFTA_HOOK_HOOKNUM = 1;
const NFTA_HOOK_PRIORITY = 2;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_EXPRESSIONS = 4;
const NFTA_LIST_ELEM = 1;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
const NFTA_DATA_VALUE = 1;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NF_DROP = 0;

const NFT_REG_VERDICT = 0;
const NFT_REG_1 = 1;
const NFT_META_L4PROTO = 16;
const NFT_PAYLOAD_CSUM_INET = 1;

/** The position of a field in a packet. */
export interface PacketField {
  header: "network" | "transport";
  offset: number;
  length: number;
}

const headerNumbers = { network: 1, transport: 2 } as const;

export type Expression = (body: MessageBody) => void;

function expression(name: string, fill: (data: MessageBody) => void): Expression {
  return (body) =>
    body.nested(NFTA_LIST_ELEM, (element) => {
      element.text(NFTA_EXPR_NAME, name).nested(NFTA_EXPR_DATA, fill);
    });
}

const value = (body: MessageBody, type: number, bytes: Uint8Array): MessageBody =>
  body.nested(type, (data) => data.attribute(NFTA_DATA_VALUE, bytes));

function loadField({ header, offset, length }: PacketField): Expression {
  return expression("payload", (data) =>
    data.bigEndian32(1, NFT_REG_1).bigEndian32(2, headerNumbers[header]).bigEndian32(3, offset).bigEndian32(4, length),
  );
}

function equals(bytes: Uint8Array): Expression {
  return expression("cmp", (data) => value(data.bigEndian32(1, NFT_REG_1).bigEndian32(2, 0), 3, bytes));
}

/** Matches packets with this value in a field. */
export function fieldIs(field: PacketField, bytes: Uint8Array): Expression[] {
  return [loadField(field), equals(bytes)];
}

/** Matches packets of a transport protocol. */
export function protocolIs(number: number): Expression[] {
  const load = expression("meta", (data) => data.bigEndian32(1, NFT_REG_1).bigEndian32(2, NFT_META_L4PROTO));
  return [load, equals(Uint8Array.of(number))];
}

/** Writes a field of the transport header and updates the checksum at `checksumOffset` of that header. */
export function setField(field: PacketField, bytes: Uint8Array, checksumOffset: number): Expression[] {
  return [
    expression("immediate", (data) => value(data.bigEndian32(1, NFT_REG_1), 2, bytes)),
    expression("payload", (data) =>
      data
        .bigEndian32(5, NFT_REG_1)
        .bigEndian32(2, headerNumbers[field.header])
        .bigEndian32(3, field.offset)
        .bigEndian32(4, field.length)
        .bigEndian32(6, NFT_PAYLOAD_CSUM_INET)
        .bigEndian32(7, checksumOffset),
    ),
  ];
}

export function drop(): Expression[] {
  return [
    expression("immediate", (data) =>
      data
        .bigEndian32(1, NFT_REG_VERDICT)
        .nested(2, (verdict) =>
          verdict.nested(NFTA_DATA_VERDICT, (code) => code.bigEndian32(NFTA_VERDICT_CODE, NF_DROP)),
        ),
    ),
  ];
}

const hookNumbers = { input: 1, output: 3 } as const;

export interface BaseChain {
  hook: keyof typeof hookNumbers;
  priority: number;
  rules: Expression[][];
}

/** Whether the socket's namespace has an IPv4 table `name`. @throws SystemCallError */
export function hasTable(socket: NetlinkSocket, name: string): boolean {
  const table = new MessageBody().append(nfHeader(NFPROTO_IPV4)).text(NFTA_TABLE_NAME, name);
  try {
    socket.query({ ...nftMessage(NFT_MSG_GETTABLE, 0, table), flags: 0 }, `find table ${name}`);
    return true;
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return false;
    throw thrown;
  }
}

/**
 * Creates the IPv4 table `name` with these chains in the socket's namespace.
 * @throws SystemCallError EEXIST
 */
export function createTable(socket: NetlinkSocket, name: string, chains: BaseChain[]): void {
  const table = new MessageBody().append(nfHeader(NFPROTO_IPV4)).text(NFTA_TABLE_NAME, name);
  const messages = [
    nftMessage(NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, table),
    ...chains.flatMap((chain) => [
      chainMessage(name, chain),
      ...chain.rules.map((rule) => ruleMessage(name, chain, rule)),
    ]),
  ];
  commit(socket, messages, `make table ${name}`);
}

function chainMessage(table: string, { hook, priority }: BaseChain): OutgoingMessage {
  const body = new MessageBody()
    .append(nfHeader(NFPROTO_IPV4))
    .text(NFTA_CHAIN_TABLE, table)
    .text(NFTA_CHAIN_NAME, hook)
    .nested(NFTA_CHAIN_HOOK, (data) => {
      data.bigEndian32(NFTA_HOOK_HOOKNUM, hookNumbers[hook]).bigEndian32(NFTA_HOOK_PRIORITY, priority);
    })
    .text(NFTA_CHAIN_TYPE, "filter");
  return nftMessage(NFT_MSG_NEWCHAIN, NLM_F_CREATE, body);
}

function ruleMessage(table: string, { hook }: BaseChain, expressions: Expression[]): OutgoingMessage {
  const body = new MessageBody()
    .append(nfHeader(NFPROTO_IPV4))
    .text(NFTA_RULE_TABLE, table)
    .text(NFTA_RULE_CHAIN, hook)
    .nested(NFTA_RULE_EXPRESSIONS, (list) => {
      for (const add of expressions) add(list);
    });
  return nftMessage(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, body);
}
