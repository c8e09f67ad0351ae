// The hijack matrix: all ways to end a hijacked connection, on both transports.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import * as v from "valibot";
import type { HijackedConnection, Route } from "../../../src/server/exchange.ts";
import type { ListenTarget } from "../../../src/server/http/server.ts";
import { eventually } from "../../support/command.ts";
import { RawClient, startServer, type TestServer, type Transport } from "./support.ts";

const TYPE = "application/vnd.docker.raw-stream";
const ended: string[] = [];

/** Answers each piece in upper case, and says goodbye once the client's side has ended. */
async function shout(name: string, connection: HijackedConnection): Promise<void> {
  await connection.write(Buffer.from(`hello ${name};`));
  for await (const chunk of connection.input) {
    await connection.write(Buffer.from(Buffer.from(chunk).toString("latin1").toUpperCase()));
  }
  await Bun.sleep(20);
  await connection.write(Buffer.from(";goodbye"));
  ended.push(name);
}

const routes: Route[] = [
  {
    method: "POST",
    pattern: "/shout/{name}",
    handler: async ({ params, json }) => {
      const { Suffix = "" } = await json(v.object({ Suffix: v.optional(v.string()) }));
      return { type: "hijack", contentType: TYPE, run: (raw) => shout(`${params.name}${Suffix}`, raw) };
    },
  },
  {
    method: "GET",
    pattern: "/plain",
    handler: () => ({ type: "text", status: 200, body: "OK", contentType: "text/plain" }),
  },
];

let server: TestServer;
beforeAll(async () => {
  server = await startServer(routes);
});
afterAll(() => server[Symbol.asyncDispose]());

function request(name: string, upgrade: boolean, body: string): string {
  const fields = [
    `POST /v1.47/shout/${name} HTTP/1.1`,
    "Host: docker",
    ...(upgrade ? ["Connection: Upgrade", "Upgrade: tcp"] : []),
    ...(body ? ["Content-Type: application/json", `Content-Length: ${body.length}`] : ["Content-Length: 0"]),
  ];
  return `${fields.join("\r\n")}\r\n\r\n${body}`;
}

async function open(transport: Transport, keptAlive: boolean): Promise<RawClient> {
  const client = new RawClient(server[transport]);
  if (keptAlive) {
    client.send("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.receives("\r\n\r\nOK");
    client.received = "";
  }
  return client;
}

let cases = 0;
for (const transport of ["unix", "tcp"] as const) {
  for (const upgrade of [true, false]) {
    for (const withBody of [false, true]) {
      for (const keptAlive of [false, true]) {
        for (const samePacket of [false, true]) {
          const status = upgrade ? "HTTP/1.1 101 UPGRADED\r\n" : "HTTP/1.1 200 OK\r\n";
          const what = `${transport}, ${upgrade ? 101 : 200}, ${withBody ? "JSON body" : "no body"}, ${keptAlive ? "kept alive" : "fresh"}, input ${samePacket ? "in the head's packet" : "later"}`;
          const begin = async () => {
            const name = `n${cases++}`;
            const client = await open(transport, keptAlive);
            const head = request(name, upgrade, withBody ? '{"Suffix":"!"}' : "");
            client.send(samePacket ? `${head}first ` : head);
            await client.receives(`hello ${name}${withBody ? "!" : ""};`);
            if (!samePacket) client.send("first ");
            await client.receives("FIRST ");
            client.send("second");
            await client.receives("SECOND");
            return { name: `${name}${withBody ? "!" : ""}`, client };
          };

          test(`half-close: ${what}`, async () => {
            const { name, client } = await begin();
            client.socket.end();
            const [head, stream] = split(await client.rest());
            expect(head).toStartWith(status);
            expect(head).toContain(`Content-Type: ${TYPE}\r\n`);
            expect(head.includes("Connection: Upgrade\r\nUpgrade: tcp\r\n")).toBe(upgrade);
            expect(head).not.toContain("Transfer-Encoding");
            expect(stream).toBe(`hello ${name};FIRST SECOND;goodbye`);
          });

          test(`abrupt close: ${what}`, async () => {
            const { name, client } = await begin();
            client.socket.destroy();
            await eventually("the route to notice", () => ended.includes(name));
          });
        }
      }
    }
  }
}

function split(received: string): [string, string] {
  const at = received.indexOf("\r\n\r\n");
  return [received.slice(0, at + 4), received.slice(at + 4)];
}

test("a TCP reset ends the input, and later writes return false", async () => {
  const outcome = Promise.withResolvers<boolean>();
  await using other = await startServer([
    {
      method: "POST",
      pattern: "/x",
      handler: () => ({
        type: "hijack",
        contentType: TYPE,
        run: async (raw) => {
          await raw.write(Buffer.from("ready"));
          for await (const _ of raw.input);
          await raw.closed;
          outcome.resolve(await raw.write(Buffer.from("anybody?")));
        },
      }),
    },
  ]);
  const client = new RawClient(other.tcp);
  client.send("POST /x HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  await client.receives("ready");
  client.socket.resetAndDestroy();
  expect(await outcome.promise).toBe(false);
});

for (const transport of ["unix", "tcp"] as const) {
  test(`detects a client that half-closed and then vanished: ${transport}`, async () => {
    const noticed = Promise.withResolvers<void>();
    await using other = await startServer([
      {
        method: "POST",
        pattern: "/x",
        handler: () => ({
          type: "hijack",
          contentType: TYPE,
          run: async (raw) => {
            for await (const _ of raw.input);
            await raw.write(Buffer.from("ended"));
            while (await raw.write(Buffer.from("."))) await Bun.sleep(20);
            noticed.resolve();
          },
        }),
      },
    ]);
    const client = new RawClient(other[transport]);
    client.send("POST /x HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    client.socket.end();
    await client.receives("ended");
    client.socket.destroy();
    await noticed.promise;
  });
}

for (const transport of ["unix", "tcp"] as const) {
  test(`transfers 64 MiB each way completely and in order: ${transport}`, async () => {
    const total = 64 * 1024 * 1024;
    await using other = await startServer([
      {
        method: "POST",
        pattern: "/echo",
        handler: () => ({
          type: "hijack",
          contentType: TYPE,
          run: async (raw) => {
            for await (const chunk of raw.input) if (!(await raw.write(chunk))) return;
          },
        }),
      },
    ]);
    expect(await echoed(other[transport], total)).toEqual({ length: total, same: true });
  });
}

/** Sends `total` bytes, ends its side, and compares what came back. */
async function echoed(target: ListenTarget, total: number): Promise<{ length: number; same: boolean }> {
  const block = Buffer.from(Uint8Array.from({ length: 65_521 }, (_, at) => (at * 7) % 251));
  const [sent, received] = [new Bun.CryptoHasher("sha256"), new Bun.CryptoHasher("sha256")];
  const socket = connect({ ...target, allowHalfOpen: true });
  socket.write("POST /echo HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  const reading = (async () => {
    let head: Buffer | undefined = Buffer.alloc(0);
    let length = 0;
    for await (const chunk of socket) {
      const bytes: Buffer = head ? Buffer.concat([head, chunk]) : chunk;
      const at: number = head ? bytes.indexOf("\r\n\r\n") : -4;
      head = head && at < 0 ? bytes : undefined;
      if (head) continue;
      received.update(bytes.subarray(at + 4));
      length += bytes.length - at - 4;
    }
    return length;
  })();
  for (let left = total; left > 0; ) {
    const piece = block.subarray(0, Math.min(left, block.length));
    sent.update(piece);
    left -= piece.length;
    if (!socket.write(piece)) await new Promise<void>((resolve) => socket.once("drain", () => resolve()));
  }
  socket.end();
  return { length: await reading, same: sent.digest("hex") === received.digest("hex") };
}
