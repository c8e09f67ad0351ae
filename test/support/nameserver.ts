// A DNS server for tests on a loopback address: a few names, and one whose answer requires TCP.
import { createServer } from "node:net";
import { decode, encode, type Packet, TRUNCATED_RESPONSE } from "dns-packet";

const DNS_PORT = 53;
const NAME_ERROR = 3;
const UDP_LENGTH = 1232;

export interface TestNameserver {
  address: string;
  /** Number of questions received over this transport. */
  asked(transport: "udp" | "tcp"): number;
  stop(): void;
}

/** Answers "example.test" and `names` with addresses, "large.test" with 200 of them, other names with NXDOMAIN. */
export async function startNameserver(address: string, names: Record<string, string> = {}): Promise<TestNameserver> {
  const counts = { udp: 0, tcp: 0 };
  const records: Record<string, string[]> = {
    "example.test": ["192.0.2.10"],
    "large.test": Array.from({ length: 200 }, (_, index) => `198.51.100.${index}`),
    ...Object.fromEntries(Object.entries(names).map(([name, value]) => [name, [value]])),
  };
  const udp = await Bun.udpSocket({
    hostname: address,
    port: DNS_PORT,
    socket: {
      data: (socket, data, port, sender) => {
        counts.udp++;
        const full = encode(answer(decode(Buffer.from(data)), records));
        const cut = { ...answer(decode(Buffer.from(data)), {}), flags: TRUNCATED_RESPONSE };
        socket.send(full.length > UDP_LENGTH ? encode(cut) : full, port, sender);
      },
    },
  });
  const tcp = createServer((socket) => {
    socket.on("data", (chunk: Buffer) => {
      counts.tcp++;
      const response = encode(answer(decode(chunk.subarray(2)), records));
      socket.write(Buffer.concat([Uint8Array.of(response.length >>> 8, response.length & 0xff), response]));
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => tcp.listen(DNS_PORT, address, resolve));
  return {
    address,
    asked: (transport) => counts[transport],
    stop: () => {
      udp.close();
      tcp.close();
    },
  };
}

function answer(query: Packet, records: Record<string, string[]>): Packet {
  const [question] = query.questions ?? [];
  const name = question?.name.toLowerCase() ?? "";
  const found = records[name];
  return {
    type: "response",
    id: query.id ?? 0,
    flags: 0x0180 | (found ? 0 : NAME_ERROR),
    questions: query.questions ?? [],
    answers: question?.type === "A" ? (found ?? []).map((data) => ({ type: "A", name, ttl: 60, data })) : [],
  };
}
