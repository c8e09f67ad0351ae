import { describe, expect, test } from "bun:test";
import { decode, encode, type RecordType } from "dns-packet";
import { addressOfReverseName, localAnswer, Rotation, readQuery, truncated } from "../../../src/network/dns/answers.ts";
import { framed, MessageFraming } from "../../../src/network/dns/framing.ts";
import type { NameView } from "../../../src/network/dns/names.ts";
import { type ClientSocket, TcpClient } from "../../../src/network/dns/tcp-client.ts";
import { formatAddress, type IpAddress, parseAddress } from "../../../src/network/ip.ts";

const address = (text: string): IpAddress => {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(text);
  return parsed;
};

const book: Record<string, string[]> = { web: ["10.0.0.2", "10.0.0.3", "fd00::2"], four: ["10.0.0.4"] };
const names: NameView = {
  addresses: (name) => book[name]?.map(address),
  nameOf: (wanted) => (formatAddress(wanted) === "10.0.0.4" ? "four.net" : undefined),
};

function query(name: string, type: RecordType, udpPayloadSize?: number) {
  const additionals =
    udpPayloadSize === undefined
      ? []
      : [
          {
            type: "OPT" as const,
            name: ".",
            udpPayloadSize,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ];
  const bytes = encode({ type: "query", id: 4711, flags: 0x0100, questions: [{ type, name }], additionals });
  const read = readQuery(bytes);
  if (!read) throw new Error("the query was not read");
  return read;
}

function ask(name: string, type: RecordType, rotation = new Rotation()) {
  const bytes = localAnswer(query(name, type), names, rotation);
  return bytes && decode(Buffer.from(bytes));
}

const data = (packet: ReturnType<typeof decode> | undefined) =>
  packet?.answers?.map((record) => ("data" in record ? record.data : undefined));

describe("answers about containers", () => {
  test("have the query's ID and question, and a TTL that prevents caching", () => {
    const packet = ask("Web", "A");
    expect(packet).toMatchObject({
      id: 4711,
      type: "response",
      rcode: "NOERROR",
      questions: [{ name: "Web", type: "A" }],
    });
    expect(packet?.answers?.every((record) => "ttl" in record && record.ttl === 0)).toBe(true);
  });

  test("rotate the addresses", () => {
    const rotation = new Rotation();
    const firsts = Array.from({ length: 4 }, () => data(ask("web", "A", rotation))?.[0]);
    expect(firsts).toEqual(["10.0.0.2", "10.0.0.3", "10.0.0.2", "10.0.0.3"]);
  });

  test.each([
    ["web", "AAAA", ["fd00::2"]],
    ["four", "AAAA", []],
    ["four", "MX", []],
    ["4.0.0.10.in-addr.arpa", "PTR", ["four.net"]],
  ] as const)("%s %s", (name, type, expected) => expect(data(ask(name, type))).toEqual([...expected]));

  test.each([
    ["example.org", "A"],
    ["5.0.0.10.in-addr.arpa", "PTR"],
  ] as const)("%s %s is for someone else", (name, type) => expect(ask(name, type)).toBeUndefined());
});

describe("queries", () => {
  test.each([
    new Uint8Array(0),
    Uint8Array.of(1, 2, 3),
    new Uint8Array(12),
    encode({ type: "response", id: 1, questions: [] }),
  ])("what is none is not answered", (bytes) => expect(readQuery(bytes)).toBeUndefined());

  test("have the maximum length of a UDP response", () => {
    expect(query("web", "A").udpLength).toBe(512);
    expect(query("web", "A", 4096).udpLength).toBe(4096);
    expect(query("web", "A", 100).udpLength).toBe(512);
  });

  test("truncates a response that is too long to its question and sets TC", () => {
    const asked = query("web", "A");
    const long = encode({ type: "response", id: 4711, questions: [], answers: [] });
    const cut = decode(Buffer.from(truncated(asked, long)));
    expect(cut).toMatchObject({ id: 4711, type: "response", flag_tc: true, questions: [{ name: "web" }], answers: [] });
  });

  test.each([
    ["4.0.0.10.in-addr.arpa", "10.0.0.4"],
    [`2.${"0.".repeat(29)}d.f.ip6.arpa`, "fd00::2"],
    ["0.0.10.in-addr.arpa", undefined],
    ["x.0.0.10.in-addr.arpa", undefined],
    ["example.org", undefined],
  ])("the reverse name %s is of %p", (name, expected) => {
    const found = addressOfReverseName(name);
    expect(found && formatAddress(found)).toBe(expected);
  });
});

test("ignores record counts after the question", () => {
  const plain = encode({ type: "query", id: 4711, flags: 0x0100, questions: [{ type: "A", name: "web" }] });
  // Each further question is a pointer to the first name.
  const pointers = Buffer.concat(Array.from({ length: 10_000 }, () => Uint8Array.of(0xc0, 12, 0, 1, 0, 1)));
  const hostile = Buffer.concat([plain, pointers]);
  hostile.writeUInt16BE(10_001, 4);
  expect(readQuery(hostile)?.packet.questions).toEqual([expect.objectContaining({ name: "web" })]);
});

describe("TCP messages", () => {
  const readAll = (framing: MessageFraming): string[] => {
    const found: string[] = [];
    for (let message = framing.next(); message; message = framing.next()) found.push(Buffer.from(message).toString());
    return found;
  };

  test("are reassembled from any chunks", () => {
    const framing = new MessageFraming();
    const stream = Buffer.concat([framed(Buffer.from("first")), framed(Buffer.from("second"))]);
    const messages = [...stream].flatMap((byte) => {
      framing.push(Uint8Array.of(byte));
      return readAll(framing);
    });
    framing.push(stream);
    expect([...messages, ...readAll(framing)]).toEqual(["first", "second", "first", "second"]);
  });

  test("of maximum and of zero length", () => {
    const framing = new MessageFraming();
    const long = "x".repeat(65_535);
    framing.push(Buffer.concat([framed(Buffer.from(long)), framed(new Uint8Array(0)), framed(Buffer.from("last"))]));
    expect(readAll(framing)).toEqual([long, "", "last"]);
  });
});

describe("a TCP connection of a container", () => {
  /** A peer that takes `room` bytes and then no more until it is given more. */
  class Peer implements ClientSocket {
    room: number;
    received = 0;
    paused = false;
    constructor(room: number) {
      this.room = room;
    }
    write(bytes: Uint8Array): number {
      const count = Math.min(bytes.length, this.room);
      this.room -= count;
      this.received += count;
      return count;
    }
    pause() {
      this.paused = true;
    }
    resume() {
      this.paused = false;
    }
    terminate() {}
  }
  const questions = (count: number) => Buffer.concat(Array.from({ length: count }, () => framed(new Uint8Array(30))));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const turns = async (count: number) => {
    for (let index = 0; index < count; index++) await turn();
  };
  const answerLength = 1000;

  test("is paused at a limit when the client does not read", async () => {
    let answered = 0;
    const peer = new Peer(0);
    const client = new TcpClient(peer, async () => {
      answered++;
      return new Uint8Array(answerLength);
    });
    client.receive(questions(20_000));
    await turns(2000);
    expect(peer.paused).toBe(true);
    expect(answered).toBeLessThan(100);
    peer.room = Number.POSITIVE_INFINITY;
    client.drain();
    await turns(2000);
    expect({ answered, received: peer.received, paused: peer.paused }).toEqual({
      answered: 20_000,
      received: 20_000 * (answerLength + 2),
      paused: false,
    });
  });

  test("has a limited number of open queries", async () => {
    let open = 0;
    let most = 0;
    const client = new TcpClient(new Peer(Number.POSITIVE_INFINITY), async () => {
      most = Math.max(most, ++open);
      await turn();
      open--;
      return new Uint8Array(answerLength);
    });
    client.receive(questions(500));
    await turns(500);
    expect({ open, most }).toEqual({ open: 0, most: 16 });
  });

  test("yields to other work, also when all answers are immediate", async () => {
    let answered = 0;
    const client = new TcpClient(new Peer(Number.POSITIVE_INFINITY), async () => {
      answered++;
      return undefined;
    });
    client.receive(questions(1000));
    await turn();
    expect(answered).toBeLessThan(100);
  });
});
