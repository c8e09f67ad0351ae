// Connections that the daemon forwards itself: how many, and how long.
import { afterEach, expect, test } from "bun:test";
import { connect, createServer, type Server, type Socket } from "node:net";
import { holdPort } from "../../../src/linux/port-holder.ts";
import { Forwarder, type ForwardingLimits } from "../../../src/network/forwarder.ts";
import { eventually } from "../../support/command.ts";
import { freePort } from "../../support/port.ts";

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const TCP = 6;
const limits: ForwardingLimits = {
  perPort: 2,
  total: 3,
  connectMilliseconds: 10_000,
  idleMilliseconds: 10_000,
  keepAliveMilliseconds: 10_000,
};

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** An echo server in the place of a container. */
async function startEcho(): Promise<number> {
  const server: Server = createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endings.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was bound");
  return address.port;
}

/** Publishes a loopback port that forwards to `port`. */
async function publish(forwarder: Forwarder, port: number): Promise<number> {
  const published = await freePort();
  endings.push(
    forwarder.forward(holdPort(LOOPBACK, published, TCP, "everything"), { addresses: () => ["127.0.0.1"], port }),
  );
  return published;
}

interface Connection {
  socket: Socket;
  received: string;
  closed: boolean;
}

function open(port: number): Connection {
  const connection: Connection = { socket: connect({ host: "127.0.0.1", port }), received: "", closed: false };
  connection.socket.on("data", (chunk: Buffer) => {
    connection.received += chunk;
  });
  connection.socket.on("close", () => {
    connection.closed = true;
  });
  connection.socket.on("error", () => {});
  connection.socket.write("hello");
  endings.push(() => connection.socket.destroy());
  return connection;
}

const answered = (connection: Connection) => eventually("an answer", () => connection.received === "hello");
const closed = (connection: Connection) => eventually("the connection to close", () => connection.closed);

test("closes connections beyond a port's limit and frees slots", async () => {
  const port = await publish(new Forwarder(limits), await startEcho());
  const first = open(port);
  await answered(first);
  await answered(open(port));
  const third = open(port);
  await closed(third);
  expect(third.received).toBe("");
  first.socket.destroy();
  await eventually("a free place", async () => {
    const next = open(port);
    await eventually("an outcome", () => next.closed || next.received === "hello");
    return next.received === "hello";
  });
});

test("all ports together have a limit as well", async () => {
  const forwarder = new Forwarder(limits);
  const echo = await startEcho();
  const [one, other] = [await publish(forwarder, echo), await publish(forwarder, echo)];
  for (const port of [one, one, other]) await answered(open(port));
  await closed(open(other));
});

test("a connection without traffic is closed", async () => {
  const port = await publish(new Forwarder({ ...limits, idleMilliseconds: 50 }), await startEcho());
  const idle = open(port);
  await answered(idle);
  await closed(idle);
});

test("does not wait for an unresponsive container", async () => {
  // An address for documentation: unused or without a route.
  const forwarder = new Forwarder({ ...limits, connectMilliseconds: 50 });
  const published = await freePort();
  const target = { addresses: () => ["192.0.2.1"], port: 9 };
  endings.push(forwarder.forward(holdPort(LOOPBACK, published, TCP, "everything"), target));
  await closed(open(published));
});
