// Answers DNS questions about containers: from the bytes of a query to those of the response.
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
} from "dns-packet";
import { addressOfBytes, formatAddress, type IpAddress, parseAddress } from "../ip.ts";
import type { NameView } from "./names.ts";

/** Answers must not be cached: a container may have another address after its next start. */
const TIME_TO_LIVE = 0;
const SERVER_FAILURE = 2;
/** The maximum of a UDP answer without EDNS (RFC 1035, section 4.2.1). */
const PLAIN_UDP_LENGTH = 512;

/** Rotates the addresses of a name (round robin). */
export class Rotation {
  private turn = 0;

  order<T>(items: T[]): T[] {
    if (items.length < 2) return items;
    const start = this.turn++ % items.length;
    return [...items.slice(start), ...items.slice(0, start)];
  }
}

/** The parts of a query that are needed to answer it. */
export interface Query {
  id: number;
  name: string;
  type: string;
  packet: Packet;
  /** The longest answer that the client accepts over UDP, in bytes. */
  udpLength: number;
}

const HEADER_LENGTH = 12;
/** Offset of the numbers of questions, answers, authorities and additional records in the header. */
const COUNTS_OFFSET = 4;
/** Usually one OPT record, sometimes a signature. */
const MAX_ADDITIONAL_RECORDS = 4;

/**
 * The message with a header that claims no more records than are needed. A hostile message may have 65,535 of them, each
 * with a name that is a long chain of pointers, and decoding them would stall the daemon.
 */
function readablePart(bytes: Uint8Array): Buffer {
  const message = Buffer.from(bytes);
  if (message.length < HEADER_LENGTH) return message;
  const [questions, answers, authorities, additional] = new Uint16Array(4).map((_, index) =>
    message.readUInt16BE(COUNTS_OFFSET + 2 * index),
  );
  const isPlain = questions === 1 && answers === 0 && authorities === 0 && (additional ?? 0) <= MAX_ADDITIONAL_RECORDS;
  const counts = isPlain ? [1, 0, 0, additional ?? 0] : [Math.min(questions ?? 0, 1), 0, 0, 0];
  for (const [index, count] of counts.entries()) message.writeUInt16BE(count, COUNTS_OFFSET + 2 * index);
  return message;
}

/** Parses a query; undefined for anything else. */
export function readQuery(bytes: Uint8Array): Query | undefined {
  try {
    const packet = decode(readablePart(bytes));
    const [question] = packet.questions ?? [];
    if (packet.type !== "query" || !question) return undefined;
    return {
      id: packet.id ?? 0,
      name: question.name.toLowerCase().replace(/\.$/, ""),
      type: question.type,
      packet,
      udpLength: udpLengthOf(packet),
    };
  } catch {
    return undefined;
  }
}

function udpLengthOf({ additionals = [] }: Packet): number {
  for (const record of additionals) {
    if (record.type === "OPT") return Math.max(record.udpPayloadSize, PLAIN_UDP_LENGTH);
  }
  return PLAIN_UDP_LENGTH;
}

/** The answer to a question about a container, empty if it has no record of that type; undefined for other questions. */
export function localAnswer(query: Query, names: NameView, rotation: Rotation): Uint8Array | undefined {
  if (query.type === "PTR") {
    const address = addressOfReverseName(query.name);
    const name = address && names.nameOf(address);
    return name === undefined
      ? undefined
      : answer(query, [{ type: "PTR", name: query.name, ttl: TIME_TO_LIVE, data: name }]);
  }
  const addresses = names.addresses(query.name);
  if (!addresses) return undefined;
  const family = query.type === "A" ? 4 : query.type === "AAAA" ? 6 : undefined;
  const matching = addresses.filter((address) => address.family === family);
  return answer(
    query,
    rotation.order(matching).map((address) => record(query, address)),
  );
}

function record({ packet }: Query, address: IpAddress): Answer {
  const [question] = packet.questions ?? [];
  return {
    type: address.family === 4 ? "A" : "AAAA",
    name: question?.name ?? "",
    ttl: TIME_TO_LIVE,
    data: formatAddress(address),
  };
}

function answer({ packet }: Query, answers: Answer[]): Uint8Array {
  return encode({
    type: "response",
    id: packet.id ?? 0,
    flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | ((packet.flags ?? 0) & RECURSION_DESIRED),
    questions: packet.questions ?? [],
    answers,
  });
}

/** SERVFAIL: no nameserver answered. */
export function failure({ packet }: Query): Uint8Array {
  return encode({
    type: "response",
    id: packet.id ?? 0,
    flags: RECURSION_AVAILABLE | ((packet.flags ?? 0) & RECURSION_DESIRED) | SERVER_FAILURE,
    questions: packet.questions ?? [],
  });
}

const TRUNCATED = 0x02;

/** The answer without its records and with the TC bit, so that the client retries over TCP. */
export function truncated(query: Query, response: Uint8Array): Uint8Array {
  const [, , high = 0, low = 0] = response;
  const short = encode({ type: "response", id: query.id, flags: 0, questions: query.packet.questions ?? [] });
  short[2] = high | TRUNCATED;
  short[3] = low;
  return short;
}

/** The address of "2.0.17.172.in-addr.arpa" and of names in ip6.arpa; undefined for other names. */
export function addressOfReverseName(name: string): IpAddress | undefined {
  const labels = name.split(".");
  if (name.endsWith(".in-addr.arpa") && labels.length === 6) {
    return parseAddress(labels.slice(0, 4).reverse().join("."));
  }
  if (!name.endsWith(".ip6.arpa") || labels.length !== 34) return undefined;
  const digits = labels.slice(0, 32).reverse().join("");
  return /^[0-9a-f]{32}$/.test(digits) ? addressOfBytes(Buffer.from(digits, "hex")) : undefined;
}
