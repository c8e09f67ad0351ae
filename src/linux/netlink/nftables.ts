// nf_tables over netlink: adds and deletes elements of sets and maps in one transaction. Whole rulesets are text for nft.
import {
  decodeAttributes,
  eachAttribute,
  type IncomingMessage,
  MessageBody,
  NLM_F_ACK,
  NLM_F_CREATE,
  type OutgoingMessage,
  textOf,
} from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
const NFT_MSG_NEWSETELEM = 12;
const NFT_MSG_DELSETELEM = 14;
const NFTA_SET_ELEM_LIST_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
const NFTA_LIST_ELEM = 1;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_SET_ELEM_DATA = 2;
const NFTA_SET_ELEM_KEY_END = 10;
const NFTA_DATA_VALUE = 1;
/** The first attribute of every message names the table. */
const TABLE_OF_ANY_MESSAGE = 1;
const CHAIN_OF_RULE = 2;
const NF_HEADER_LENGTH = 4;

/** The multicast group for notifications of changes. */
export const NFNLGRP_NFTABLES = 7;

export const NFPROTO_INET = 1;
export const NFPROTO_IPV4 = 2;

/** The length of an attribute has 16 bits, so long lists of elements are split into several messages. */
const ELEMENTS_PER_MESSAGE = 400;

/** An element of a set, or of a map if it has data. See {@link concatenated} for keys with several fields. */
export interface SetElement {
  key: Uint8Array;
  /** The last key of a range, in sets of intervals. */
  keyEnd?: Uint8Array;
  data?: Uint8Array;
}

export type SetChange =
  | { action: "add" | "delete"; set: string; elements: SetElement[] }
  /** Deletes every element of the set. */
  | { action: "flush"; set: string };

/** Concatenates fields as nf_tables does: each is padded to a multiple of four bytes. */
export function concatenated(...fields: Uint8Array[]): Uint8Array {
  return Buffer.concat(fields.flatMap((field) => [field, new Uint8Array(-field.length & 3)]));
}

export function bigEndian16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff);
}

/** An interface name as nf_tables stores it: 16 bytes, padded with zeros. */
export function interfaceName(name: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(Buffer.from(name));
  return bytes;
}

export function nfHeader(family: number, resource = 0): Uint8Array {
  return Uint8Array.of(family, 0, resource >>> 8, resource & 0xff);
}

/** A message of a transaction; `type` is one of NFT_MSG_. */
export function nftMessage(type: number, flags: number, body: MessageBody): OutgoingMessage {
  return { type: (NFNL_SUBSYS_NFTABLES << 8) | type, flags: flags | NLM_F_ACK, body: body.finish() };
}

function boundary(type: number): OutgoingMessage {
  return { type, flags: 0, body: nfHeader(0, NFNL_SUBSYS_NFTABLES) };
}

/** Sends messages as one transaction: all of them take effect, or none. */
export function commit(socket: NetlinkSocket, messages: OutgoingMessage[], what: string): void {
  if (messages.length === 0) return;
  socket.transact([boundary(NFNL_MSG_BATCH_BEGIN), ...messages, boundary(NFNL_MSG_BATCH_END)], what);
}

/** Changes sets of the inet table `table` in one transaction. @throws SystemCallError ENOENT if there is no such table */
export function changeSets(socket: NetlinkSocket, table: string, changes: SetChange[]): void {
  const messages = changes.flatMap((change) => setMessages(table, change));
  commit(socket, messages, `change sets of ${table}`);
}

const NFT_MSG_GETRULE = 7;
const NFT_MSG_GETSETELEM = 13;

/** The number of rules in these chains of an inet table; 0 if there is no such table. */
export function countRules(socket: NetlinkSocket, table: string, chains: readonly string[]): number {
  const request = new MessageBody().append(nfHeader(NFPROTO_INET)).text(TABLE_OF_ANY_MESSAGE, table);
  const found = socket.dump(dumpMessage(NFT_MSG_GETRULE, request), `list rules of ${table}`);
  return found.filter(({ body }) => {
    const attributes = decodeAttributes(body, NF_HEADER_LENGTH);
    return (
      textOf(attributes.get(TABLE_OF_ANY_MESSAGE)) === table && chains.includes(textOf(attributes.get(CHAIN_OF_RULE)))
    );
  }).length;
}

/** The number of elements of a set. @throws SystemCallError ENOENT if there is no such set */
export function countElements(socket: NetlinkSocket, table: string, set: string): number {
  const request = new MessageBody()
    .append(nfHeader(NFPROTO_INET))
    .text(NFTA_SET_ELEM_LIST_TABLE, table)
    .text(NFTA_SET_ELEM_LIST_SET, set);
  const messages = socket.dump(dumpMessage(NFT_MSG_GETSETELEM, request), `list elements of ${set}`);
  return messages.reduce((count, { body }) => {
    const list = decodeAttributes(body, NF_HEADER_LENGTH).get(NFTA_SET_ELEM_LIST_ELEMENTS);
    return count + (list ? [...eachAttribute(list)].length : 0);
  }, 0);
}

function dumpMessage(type: number, body: MessageBody): OutgoingMessage {
  return { type: (NFNL_SUBSYS_NFTABLES << 8) | type, flags: 0, body: body.finish() };
}

/** A notification of nf_tables. */
export interface TableNotification {
  table: string;
  /** The chain, or the chain of the rule; empty for sets and their elements. */
  chain: string;
  action: "added" | "deleted";
  isRule: boolean;
}

const RULE_MESSAGES: readonly number[] = [6, 8];
const CHAIN_MESSAGES: readonly number[] = [3, 5];
const NAME_OF_CHAIN = 3;
/** Notifications for tables, chains, rules, sets and elements; others do not change a table. */
const ADDING: readonly number[] = [0, 3, 6, 9, 12];
const DELETING: readonly number[] = [2, 5, 8, 11, 14];

/** Decodes a notification. */
export function readNotification({ type, body }: IncomingMessage): TableNotification | undefined {
  const kind = type & 0xff;
  const action = ADDING.includes(kind) ? "added" : DELETING.includes(kind) ? "deleted" : undefined;
  if (type >> 8 !== NFNL_SUBSYS_NFTABLES || !action) return undefined;
  const attributes = decodeAttributes(body, NF_HEADER_LENGTH);
  const isRule = RULE_MESSAGES.includes(kind);
  const isChain = CHAIN_MESSAGES.includes(kind);
  return {
    table: textOf(attributes.get(TABLE_OF_ANY_MESSAGE)),
    chain: isRule || isChain ? textOf(attributes.get(isRule ? CHAIN_OF_RULE : NAME_OF_CHAIN)) : "",
    action,
    isRule,
  };
}

function setMessages(table: string, change: SetChange): OutgoingMessage[] {
  const start = (): MessageBody =>
    new MessageBody()
      .append(nfHeader(NFPROTO_INET))
      .text(NFTA_SET_ELEM_LIST_TABLE, table)
      .text(NFTA_SET_ELEM_LIST_SET, change.set);
  if (change.action === "flush") return [nftMessage(NFT_MSG_DELSETELEM, 0, start())];
  const messages: OutgoingMessage[] = [];
  for (let at = 0; at < change.elements.length; at += ELEMENTS_PER_MESSAGE) {
    const body = start().nested(NFTA_SET_ELEM_LIST_ELEMENTS, (list) => {
      for (const element of change.elements.slice(at, at + ELEMENTS_PER_MESSAGE)) addElement(list, element);
    });
    messages.push(
      change.action === "add"
        ? nftMessage(NFT_MSG_NEWSETELEM, NLM_F_CREATE, body)
        : nftMessage(NFT_MSG_DELSETELEM, 0, body),
    );
  }
  return messages;
}

function addElement(list: MessageBody, { key, keyEnd, data }: SetElement): void {
  list.nested(NFTA_LIST_ELEM, (element) => {
    element.nested(NFTA_SET_ELEM_KEY, (value) => value.attribute(NFTA_DATA_VALUE, key));
    if (keyEnd) element.nested(NFTA_SET_ELEM_KEY_END, (value) => value.attribute(NFTA_DATA_VALUE, keyEnd));
    if (data) element.nested(NFTA_SET_ELEM_DATA, (value) => value.attribute(NFTA_DATA_VALUE, data));
  });
}
