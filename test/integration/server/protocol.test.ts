// HTTP/1.1 requests to the server, valid and invalid.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as v from "valibot";
import type { Route } from "../../../src/server/exchange.ts";
import { eventually } from "../../support/command.ts";
import { RawClient, startServer, type TestServer } from "./support.ts";

const text = (body: string) => ({ type: "text", status: 200, body, contentType: "text/plain" }) as const;
const seen: string[] = [];

const routes: Route[] = [
  { method: "GET", pattern: "/plain", handler: () => text("OK") },
  { method: "HEAD", pattern: "/plain", handler: () => text("OK") },
  { method: "DELETE", pattern: "/none", handler: () => ({ type: "empty", status: 204 }) },
  {
    method: "POST",
    pattern: "/length",
    handler: async ({ body }) => {
      let length = 0;
      for await (const chunk of body) length += chunk.length;
      return text(String(length));
    },
  },
  { method: "GET", pattern: "/large", handler: () => text("x".repeat(32 * 1024 * 1024)) },
  { method: "POST", pattern: "/ignore", handler: () => text("ignored") },
  {
    method: "POST",
    pattern: "/json",
    handler: async ({ json }) => ({ type: "json", status: 200, body: await json(v.object({})) }),
  },
  {
    method: "GET",
    pattern: "/slow",
    handler: async ({ signal }) => {
      seen.push("begun");
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      seen.push("aborted");
      return text("slow");
    },
  },
  {
    method: "GET",
    pattern: "/stream",
    handler: () => ({
      type: "stream",
      status: 200,
      contentType: "text/plain",
      body: (async function* () {
        yield Buffer.from("one");
        yield Buffer.from("");
        yield Buffer.from("two");
      })(),
    }),
  },
  {
    method: "GET",
    pattern: "/broken-stream",
    handler: () => ({
      type: "stream",
      status: 200,
      contentType: "text/plain",
      body: (async function* () {
        yield Buffer.from("one");
        throw new Error("the source failed");
      })(),
    }),
  },
  {
    method: "GET",
    pattern: "/endless",
    handler: ({ signal }) => ({
      type: "stream",
      status: 200,
      contentType: "text/plain",
      body: (async function* () {
        try {
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        } finally {
          seen.push("endless over");
        }
      })(),
    }),
  },
  {
    method: "GET",
    pattern: "/flood",
    handler: () => ({
      type: "stream",
      status: 200,
      contentType: "text/plain",
      body: (async function* () {
        const block = Buffer.alloc(64 * 1024, "x");
        for (let sent = 0; ; sent += block.length) {
          seen.push(`flood ${sent}`);
          yield block;
        }
      })(),
    }),
  },
];

let server: TestServer;
/** The same with time limits that a test can wait for. */
let impatient: TestServer;
beforeAll(async () => {
  server = await startServer(routes);
  impatient = await startServer(routes, { head: 400, drain: 400, body: 400, reply: 400 });
});
afterAll(() => Promise.all([server, impatient].map((each) => each[Symbol.asyncDispose]())));

/** Sends text unchanged. @returns everything received until the server closes the connection */
async function talk(sent: string): Promise<string> {
  const client = new RawClient(server.unix);
  client.send(sent);
  return await client.rest();
}

const statuses = (received: string) => [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
const CLOSE = "Connection: close\r\n\r\n";

describe("valid requests", () => {
  test("answers pipelined requests in order", async () => {
    const received = await talk(
      `GET /plain HTTP/1.1\r\n\r\nPOST /length HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcDELETE /none HTTP/1.1\r\n\r\nGET /nowhere HTTP/1.1\r\n${CLOSE}`,
    );
    expect(statuses(received)).toEqual([200, 200, 204, 404]);
    expect(received).toContain("\r\n\r\n3HTTP/1.1 204 No Content\r\n");
    expect(received).toEndWith('{"message":"page not found"}\n');
  });

  test("byte by byte", async () => {
    const client = new RawClient(server.tcp);
    for (const byte of `POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${CLOSE}3\r\nabc\r\n0\r\n\r\n`) {
      client.send(byte);
      await Bun.sleep(1);
    }
    expect(await client.rest()).toEndWith("\r\n\r\n3");
  });

  test("accepts chunk extensions and trailers", async () => {
    const received = await talk(
      `POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${CLOSE}A;x=y\r\n0123456789\r\n1 \r\nz\r\n000\r\nTrailer: x\r\n\r\n`,
    );
    expect(received).toEndWith("\r\n\r\n11");
  });

  test("HEAD has a length and no body, 204 has neither", async () => {
    const received = await talk(`HEAD /plain HTTP/1.1\r\n\r\nDELETE /none HTTP/1.1\r\n${CLOSE}`);
    const [head = "", none = ""] = received.split("\r\n\r\n");
    expect(head).toContain("Content-Length: 2");
    expect(none).toStartWith("HTTP/1.1 204 No Content");
    expect(none).not.toContain("Content-Length");
  });

  test("a stream is chunked, for HTTP/1.0 delimited by the close", async () => {
    expect(await talk(`GET /stream HTTP/1.1\r\n${CLOSE}`)).toEndWith("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
    const old = await talk("GET /stream HTTP/1.0\r\n\r\n");
    expect(old).toEndWith("\r\n\r\nonetwo");
    expect(old).not.toContain("Transfer-Encoding");
  });

  test("a failed stream is not terminated as if complete", async () => {
    const received = await talk("GET /broken-stream HTTP/1.1\r\n\r\n");
    expect(received).toEndWith("\r\n\r\n3\r\none\r\n");
    expect(server.lines.join("")).toContain("the source failed");
  });

  test("HTTP/1.0 keeps the connection when asked", async () => {
    const received = await talk("GET /plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /plain HTTP/1.0\r\n\r\n");
    expect(statuses(received)).toEqual([200, 200]);
    expect(received).toContain("Connection: keep-alive\r\n");
  });

  test("ignores an empty line before a request", async () => {
    expect(statuses(await talk(`\r\nGET /plain HTTP/1.1\r\n${CLOSE}`))).toEqual([200]);
  });

  test("sends 100 Continue only when the body is read", async () => {
    const client = new RawClient(server.unix);
    client.send(`POST /length HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n${CLOSE}`);
    await client.receives("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    expect(await client.rest()).toEndWith("\r\n\r\n3");
    const unwanted = await talk("POST /ignore HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    expect(statuses(unwanted)).toEqual([200]);
    expect(unwanted).toContain("Connection: close\r\n");
  });

  test("drains an ignored body before the next request", async () => {
    const received = await talk(
      `POST /ignore HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET /plain HTTP/1.1\nPOST /ignore HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /plain HTTP/1.1\r\n${CLOSE}`,
    );
    expect(statuses(received)).toEqual([200, 200, 200]);
  });

  test("closes the connection after the response when a huge body was ignored", async () => {
    const client = new RawClient(impatient.tcp);
    client.send("POST /ignore HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n");
    for (let sent = 0; sent < 16; sent++) client.send("x".repeat(65536));
    expect(statuses(await client.rest())).toEqual([200]);
  });
});

describe("rejects invalid requests with a message and closes", () => {
  test.each([
    [400, "nonsense\r\n\r\n"],
    [400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    [400, "get /plain HTTP/1.1\r\n\r\n"],
    [400, "GET /plain\r\n\r\n"],
    [505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".replace("*", "/")],
    [400, "GET /plain HTTP/1.1\r\nBad Header: x\r\n\r\n"],
    [400, "POST /length HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"],
    [400, "POST /length HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    [431, `GET /plain HTTP/1.1\r\nX: ${"x".repeat(200_000)}\r\n\r\n`],
    [431, `GET /${"x".repeat(200_000)} HTTP/1.1\r\n\r\n`],
    [431, `GET /plain HTTP/1.1\r\n${"a: b\r\n".repeat(5000)}\r\n`],
    [417, "POST /length HTTP/1.1\r\nExpect: tea\r\nContent-Length: 1\r\n\r\nx"],
    [501, "POST /length HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"],
  ])("%p: case %#", async (status, sent) => {
    const received = await talk(sent);
    expect(statuses(received)).toEqual([status]);
    expect(received).toContain("Connection: close\r\n");
    expect(received).toContain("Content-Type: application/json\r\n");
    expect(received).toMatch(/\r\n\r\n\{"message":".+"\}\n$/);
  });

  test.each([
    ["x\r\nabc\r\n0\r\n\r\n"],
    ["-3\r\nabc\r\n0\r\n\r\n"],
    ["0x3\r\nabc\r\n0\r\n\r\n"],
    ["3\r\nabcd\r\n0\r\n\r\n"],
    ["ffffffffffffffff\r\nabc"],
    [`3;${"x".repeat(10_000)}\r\nabc\r\n0\r\n\r\n`],
    [`3\r\nabc\r\n0\r\n${"Trailer: x\r\n".repeat(5000)}\r\n`],
  ])("malformed chunks: case %#", async (chunks) => {
    const received = await talk(`POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
    expect(statuses(received)).toEqual([400]);
  });

  test("a request truncated in its body", async () => {
    const client = new RawClient(server.unix);
    client.send("POST /length HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
    client.socket.end();
    expect(statuses(await client.rest())).toEqual([400]);
  });

  test("a truncated head or a silent client is closed or rejected", async () => {
    const client = new RawClient(server.unix);
    client.send("GET /plain HT");
    client.socket.end();
    expect(statuses(await client.rest())).toEqual([400]);
    const silent = new RawClient(server.unix);
    silent.socket.end();
    expect(await silent.rest()).toBe("");
  });

  test("a JSON body that takes too long", async () => {
    const client = new RawClient(impatient.unix);
    client.send('POST /json HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a"');
    expect(await client.rest()).toBe("");
  });

  test("a head that takes too long", async () => {
    const client = new RawClient(impatient.tcp);
    const dripping = setInterval(() => client.send("X-Slow: x\r\n"), 30);
    client.send("GET /plain HTTP/1.1\r\n");
    const received = await client.rest();
    clearInterval(dripping);
    expect(statuses(received)).toEqual([408]);
  });
});

describe("disconnecting clients", () => {
  test("aborts the route's signal", async () => {
    seen.length = 0;
    const client = new RawClient(server.unix);
    client.send("GET /slow HTTP/1.1\r\n\r\n");
    await eventually("the request", () => seen.includes("begun"));
    client.socket.destroy();
    await eventually("the abort", () => seen.includes("aborted"));
  });

  test("ends an idle stream", async () => {
    seen.length = 0;
    const client = new RawClient(server.tcp);
    client.send("GET /endless HTTP/1.1\r\n\r\n");
    await client.receives("Transfer-Encoding: chunked\r\n\r\n");
    client.socket.destroy();
    await eventually("the end of the stream", () => seen.includes("endless over"));
  });

  test("disconnects a client that does not read its response", async () => {
    let pause = 0;
    await eventually("a disconnect during the pause", async () => {
      pause += 600;
      const client = new RawClient(impatient.unix);
      client.socket.pause();
      client.send(`GET /large HTTP/1.1\r\n${CLOSE}`);
      await Bun.sleep(pause);
      client.socket.resume();
      return (await client.rest()).length < 32 * 1024 * 1024;
    });
  });

  test("a client that does not read pauses the source; its disconnect releases it", async () => {
    seen.length = 0;
    const client = new RawClient(server.unix);
    client.send("GET /flood HTTP/1.1\r\n\r\n");
    await client.receives("xxx");
    client.socket.pause();
    let before = -1;
    await eventually("the source to stop", async () => {
      before = seen.length;
      await Bun.sleep(100);
      return seen.length === before;
    });
    expect(before).toBeLessThan(500);
    client.socket.destroy();
  });
});

test("a kept-alive connection over fetch carries many requests", async () => {
  const { path } = { path: "", ...server.unix };
  for (let n = 0; n < 50; n++) {
    const reply = await fetch("http://localhost/v1.47/json", {
      unix: path,
      method: "POST",
      body: "{}",
      headers: { "Content-Type": "application/json" },
    });
    expect(await reply.json()).toEqual({});
  }
});

test("two hundred concurrent clients", async () => {
  const { path } = { path: "", ...server.unix };
  const replies = await Promise.all(
    Array.from({ length: 200 }, () => fetch("http://localhost/plain", { unix: path }).then((reply) => reply.text())),
  );
  expect(new Set(replies)).toEqual(new Set(["OK"]));
});

test("logs the client", async () => {
  server.lines.length = 0;
  await talk(`GET /plain HTTP/1.1\r\n${CLOSE}`);
  expect(server.lines.join("")).toContain(`target=/plain status=200`);
  expect(server.lines.join("")).toContain(`pid=${process.pid} uid=0`);
  server.lines.length = 0;
  const { port } = { port: 0, ...server.tcp };
  await (await fetch(`http://127.0.0.1:${port}/plain`)).text();
  expect(server.lines.join("")).toContain("from=127.0.0.1:");
});

/** Numbers that look random and are the same every time (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test("four hundred corrupted requests: every response is valid HTTP", async () => {
  const proper = [
    "GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    'POST /json HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}',
    "POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "GET /stream HTTP/1.1\r\nExpect: 100-continue\r\n\r\n",
  ];
  const random = generator(1);
  const damage = (text: string): string => {
    const bytes = Buffer.from(text, "latin1");
    for (let times = 1 + random(4); times > 0; times--) {
      const at = random(bytes.length);
      if (random(3) === 0) bytes.copy(bytes, at, random(bytes.length));
      else bytes[at] = random(256);
    }
    return bytes.subarray(0, random(4) === 0 ? random(bytes.length) : bytes.length).toString("latin1");
  };
  for (let round = 0; round < 20; round++) {
    const clients = Array.from({ length: 20 }, () => {
      const client = new RawClient(server.unix);
      client.send(damage(proper[random(proper.length)] ?? ""));
      client.socket.end();
      return client;
    });
    for (const received of await Promise.all(clients.map((client) => client.rest()))) {
      expect(received === "" || received.startsWith("HTTP/1.1 ")).toBe(true);
      expect(statuses(received).filter((status) => status === 500)).toEqual([]);
    }
  }
  expect(await talk(`GET /plain HTTP/1.1\r\n${CLOSE}`)).toEndWith("OK");
  expect(server.lines.filter((line) => line.includes(" error ") && !line.includes("the source failed"))).toEqual([]);
});

test("closes idle connections at the connection limit", async () => {
  await using crowded = await startServer(routes, {}, 3);
  const resting = [1, 2, 3].map(() => new RawClient(crowded.unix));
  for (const client of resting) {
    client.send("GET /plain HTTP/1.1\r\n\r\n");
    await client.receives("OK");
  }
  const fourth = new RawClient(crowded.unix);
  fourth.send("GET /plain HTTP/1.1\r\n\r\n");
  await fourth.receives("OK");
  await eventually("the oldest to be closed", () => resting[0]?.closed || resting[0]?.ended);
  expect(resting.slice(1).some((client) => client.closed)).toBe(false);
});

test("rejects new connections at the limit when none is idle", async () => {
  await using crowded = await startServer(routes, {}, 2);
  const busy = [1, 2].map(() => new RawClient(crowded.unix));
  for (const client of busy) {
    client.send("GET /endless HTTP/1.1\r\n\r\n");
    await client.receives("Transfer-Encoding");
  }
  const third = new RawClient(crowded.unix);
  third.send("GET /plain HTTP/1.1\r\n\r\n");
  expect(await third.rest()).toBe("");
  expect(crowded.lines.join("")).toContain("connection limit reached");
});
