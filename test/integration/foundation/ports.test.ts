// A published port is reachable from everywhere it should be.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { eventually } from "../../support/command.ts";
import { installedClients, startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { freePort } from "../../support/port.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

const page = "mkdir /www && echo hello > /www/index.html && exec httpd -f -p 80 -h /www";

describe.each(installedClients)("%s", (client) => {
  test("127.0.0.1, ::1, the host's other addresses, another container, the container itself", async () => {
    const port = await freePort();
    const run = (...argv: string[]) => daemon.client(client, argv);
    const started = await run("run", "-d", "--name", "web", "-p", `${port}:80`, "busybox", "sh", "-c", page);
    expect(started).toMatchObject({ code: 0 });
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => address.family === "IPv4" && !address.internal)
      .map((address) => address.address);
    for (const address of ["127.0.0.1", "[::1]", ...others]) {
      const body = await eventually(`an answer on ${address}`, async () => {
        const signal = AbortSignal.timeout(1_000);
        const answer = await fetch(`http://${address}:${port}/`, { signal }).catch(() => undefined);
        return answer?.text();
      });
      expect(`${address}: ${body}`).toBe(`${address}: hello\n`);
    }
    const fetchIt = ["wget", "-q", "-O", "-", `http://${daemon.gateway}:${port}/`];
    expect(await run("run", "--rm", "busybox", ...fetchIt)).toEqual({ code: 0, stdout: "hello\n", stderr: "" });
    expect(await run("exec", "web", ...fetchIt)).toEqual({ code: 0, stdout: "hello\n", stderr: "" });
    await run("rm", "-f", "web");
    const after = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(3_000) }).catch(
      () => undefined,
    );
    expect(after).toBeUndefined();
  });

  test("network none has no connectivity, network host is the host's", async () => {
    const run = (...argv: string[]) => daemon.client(client, argv);
    const none = await run("run", "--rm", "--network", "none", "busybox", "ls", "/sys/class/net");
    expect(none).toEqual({ code: 0, stdout: "lo\n", stderr: "" });
    const host = await run("run", "--rm", "--network", "host", "busybox", "ip", "-o", "link");
    expect(host.stdout).toContain(daemon.bridge);
  });
});
