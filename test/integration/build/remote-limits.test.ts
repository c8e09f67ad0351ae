// Memory limits for remote responses: the servers here send endless data.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;
let server: Bun.Server<undefined>;

beforeAll(async () => {
  const line = new Uint8Array(256 * 1024).fill("#".charCodeAt(0));
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch({ url }) {
      const body = new ReadableStream({ pull: (controller) => controller.enqueue(line) });
      return new Response(body, { status: new URL(url).pathname === "/error" ? 500 : 200 });
    },
  });
  daemon = await startDaemon();
});

afterAll(async () => {
  await server.stop(true);
  await daemon?.dispose();
});

test.each([
  ["a Dockerfile without end is refused", "/Dockerfile", 400, /larger than 16777216 bytes/],
  ["an error's body without end is cut off", "/error", 500, /with status 500 .*: #{1000}: error processing response/],
])("%s", async (_, path, status, message) => {
  const remote = encodeURIComponent(`http://127.0.0.1:${server.port}${path}`);
  const answer = await daemon.request("POST", `/build?remote=${remote}`);
  expect(await answer.text()).toMatch(message);
  expect(answer.status).toBe(status);
});
