// Attach over a WebSocket, with an independent client.
import { expect, test } from "bun:test";
import { connect, createServer } from "node:net";
import { eventually } from "../../support/command.ts";
import { create, exitCode, post, remove, run, sharedDaemon } from "./support.ts";

const daemon = sharedDaemon();

/** WebSocket clients use TCP: a loopback port that forwards to the daemon's socket. */
async function withPort<T>(work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((client) => {
    const engine = connect(daemon().socket);
    client.pipe(engine).pipe(client);
    client.on("error", () => engine.destroy());
    engine.on("error", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  try {
    return await work(typeof address === "object" && address ? address.port : 0);
  } finally {
    server.close();
  }
}

async function open(port: number, path: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  socket.binaryType = "arraybuffer";
  const messages: (string | Uint8Array)[] = [];
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  const { promise: closed, resolve: close } = Promise.withResolvers<number>();
  socket.onopen = () => resolve();
  socket.onmessage = ({ data }) => messages.push(typeof data === "string" ? data : new Uint8Array(data));
  socket.onclose = ({ code }) => close(code);
  await opened;
  const text = () => messages.map((message) => Buffer.from(message).toString()).join("");
  return { socket, messages, closed, text };
}

test("input reaches the process, raw output comes back, and the close is clean", async () => {
  await withPort(async (port) => {
    const id = await create(daemon(), { Cmd: ["sh", "-c", "cat; echo end >&2"], OpenStdin: true, StdinOnce: true });
    const client = await open(port, `/v1.47/containers/${id}/attach/ws?stream=1&stdin=1&stdout=1&stderr=1`);
    await post(daemon(), `/containers/${id}/start`);
    client.socket.send("hello ");
    client.socket.send(new TextEncoder().encode(`${"x".repeat(200_000)}\n`));
    await eventually("the echo", () => client.text().length === 200_007);
    expect(client.messages.every((message) => typeof message !== "string")).toBe(true);
    await post(daemon(), `/containers/${id}/kill`);
    expect(await client.closed).toBe(1000);
    await remove(daemon(), id);
  });
});

test("only the streams asked for, and text messages for the oldest clients", async () => {
  await withPort(async (port) => {
    const id = await create(daemon(), { Cmd: ["sh", "-c", "echo out; echo err >&2"] });
    const errors = await open(port, `/v1.47/containers/${id}/attach/ws?stream=1&stderr=1`);
    const oldest = await open(port, `/v1.24/containers/${id}/attach/ws?stream=1`);
    await post(daemon(), `/containers/${id}/start`);
    await Promise.all([errors.closed, oldest.closed]);
    expect(errors.text()).toBe("err\n");
    expect(oldest.messages.every((message) => typeof message === "string")).toBe(true);
    expect(oldest.text().split("\n").sort()).toEqual(["", "err", "out"]);
    await remove(daemon(), id);
  });
});

test("a disconnect leaves the process running; rejects a request without handshake", async () => {
  await withPort(async (port) => {
    const id = await run(daemon(), { Cmd: ["sh", "-c", "sleep 1; exit 4"], OpenStdin: true });
    const client = await open(port, `/containers/${id}/attach/ws?stream=1&stdout=1`);
    client.socket.close();
    expect(await exitCode(daemon(), id)).toBe(4);
    const plain = await daemon().request("GET", `/containers/${id}/attach/ws`);
    expect(plain.status).toBe(400);
    expect((await daemon().request("GET", "/containers/nosuch/attach/ws")).status).toBe(404);
    await remove(daemon(), id);
  });
});

test("rejects a page of another origin", async () => {
  const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
  const handshake = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": Buffer.alloc(16).toString("base64"),
    Origin: "https://example.com",
  };
  const answer = await daemon().request("GET", `/containers/${id}/attach/ws?stream=1`, undefined, handshake);
  expect([answer.status, await answer.json()]).toEqual([403, { message: "cross-origin request refused" }]);
  await remove(daemon(), id);
});
