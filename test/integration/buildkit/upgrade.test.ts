// Connections upgraded to BuildKit's gRPC protocol.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:http2";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { upgrade } from "../../support/upgrade.ts";

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startDaemon();
});
afterAll(() => daemon.dispose());

describe.each(["/grpc", "/session"])("POST %s", (path) => {
  test("without an upgrade is refused", async () => {
    const response = await daemon.request("POST", path);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ message: "no upgrade proto in request" });
  });

  test("with another protocol is refused", async () => {
    const headers = { Connection: "Upgrade", Upgrade: "websocket", "X-Docker-Expose-Session-Uuid": "1" };
    const response = await daemon.request("POST", path, undefined, headers);
    expect(await response.json()).toEqual({ message: "protocol websocket not supported" });
  });
});

test("a session needs an id", async () => {
  const response = await daemon.request("POST", "/session", undefined, { Connection: "Upgrade", Upgrade: "h2c" });
  expect(await response.json()).toEqual({ message: "a session needs an id" });
});

test("a method that does not exist is UNIMPLEMENTED", async () => {
  const socket = await upgrade(daemon.socket, "/grpc");
  const session = connect("http://localhost", { createConnection: () => socket });
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": "/moby.buildkit.v1.Control/NoSuchMethod",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      stream.on("response", resolve);
      stream.on("error", reject);
      stream.end(Buffer.alloc(5));
    });
    expect(headers["grpc-status"]).toBe("12");
  } finally {
    session.destroy();
  }
});
