// Answers to questions about containers: from a query's bytes to the answer's, or nothing when someone else must know.
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

/** A container's address may change with its next start: nobody shall remember it. */
const TIME_TO_LIVE = 0;
const SERVER_FAILURE = 2;
/** What a UDP answer may have when the client says nothing of more. */
const PLAIN_UDP_LENGTH = 512;

/** Rotates the addresses behind a name from answer to answer, so that each container gets its share. */
export class Rotation {
  private turn = 0;

  order<T>(items: T[]): T[] {
    if (items.length < 2) return items;
    const start = this.turn++ % items.length;
    return [...items.slice(start), ...items.slice(0, start)];
  }
}

/** A query, read as far as answering needs. */
export interface Query {
  id: number;
  name: string;
  type: string;
  packet: Packet;
  /** The longest answer the client takes over UDP. */
  udpLength: number;
}

const HEADER_LENGTH = 12;
/** Where the header has the numbers of questions, answers, authorities and additional records. */
const COUNTS_OFFSET = 4;
/** A question has an OPT record with it, sometimes a signature. */
const MAX_ADDITIONAL_RECORDS = 4;

/**
 * The message cut to what is read of it. Decoding takes time for each record, and a message may claim 65,535 of them,
 * each with a name that is a long chain of pointers.
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

/** Reads a query; undefined for what is none. */
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

/** The answer when the question is about a container. A known name without a record of that type has an empty one. */
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
  const wanted = addresses.filter((address) => address.family === family);
  return answer(
    query,
    rotation.order(wanted).map((address) => record(query, address)),
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

/** What a client gets when nobody could be asked. */
export function failure({ packet }: Query): Uint8Array {
  return encode({
    type: "response",
    id: packet.id ?? 0,
    flags: RECURSION_AVAILABLE | ((packet.flags ?? 0) & RECURSION_DESIRED) | SERVER_FAILURE,
    questions: packet.questions ?? [],
  });
}

const TRUNCATED = 0x02;

/** An answer cut to its header and question, marked so that the client asks again over TCP. */
export function truncated(query: Query, response: Uint8Array): Uint8Array {
  const [, , high = 0, low = 0] = response;
  const short = encode({ type: "response", id: query.id, flags: 0, questions: query.packet.questions ?? [] });
  short[2] = high | TRUNCATED;
  short[3] = low;
  return short;
}

/** "2.0.17.172.in-addr.arpa" and the like; undefined for names of another form. */
export function addressOfReverseName(name: string): IpAddress | undefined {
  const labels = name.split(".");
  if (name.endsWith(".in-addr.arpa") && labels.length === 6) {
    return parseAddress(labels.slice(0, 4).reverse().join("."));
  }
  if (!name.endsWith(".ip6.arpa") || labels.length !== 34) return undefined;
  const digits = labels.slice(0, 32).reverse().join("");
  return /^[0-9a-f]{32}$/.test(digits) ? addressOfBytes(Buffer.from(digits, "hex")) : undefined;
}
