import { describe, expect, test } from "bun:test";
import { decode, encode, type RecordType } from "dns-packet";
import { addressOfReverseName, localAnswer, Rotation, readQuery, truncated } from "../../../src/network/dns/answers.ts";
import type { NameView } from "../../../src/network/dns/names.ts";
import { framed, MessageFraming } from "../../../src/network/dns/upstream.ts";
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
  test("carry the query's ID and question, and may not be remembered", () => {
    const packet = ask("Web", "A");
    expect(packet).toMatchObject({
      id: 4711,
      type: "response",
      rcode: "NOERROR",
      questions: [{ name: "Web", type: "A" }],
    });
    expect(packet?.answers?.every((record) => "ttl" in record && record.ttl === 0)).toBe(true);
  });

  test("take turns, so that each container gets its share", () => {
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

  test("say how long a UDP answer may be", () => {
    expect(query("web", "A").udpLength).toBe(512);
    expect(query("web", "A", 4096).udpLength).toBe(4096);
    expect(query("web", "A", 100).udpLength).toBe(512);
  });

  test("too long an answer is cut to its question and marked", () => {
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

test("TCP messages are put together whatever pieces they come in", () => {
  const messages: string[] = [];
  const framing = new MessageFraming((message) => messages.push(Buffer.from(message).toString()));
  const stream = Buffer.concat([framed(Buffer.from("first")), framed(Buffer.from("second"))]);
  for (const byte of stream) framing.push(Uint8Array.of(byte));
  framing.push(stream);
  expect(messages).toEqual(["first", "second", "first", "second"]);
});
