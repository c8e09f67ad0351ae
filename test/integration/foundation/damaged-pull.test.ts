// Failing pulls: the error names the cause, nothing incomplete is left, and a later pull succeeds.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { installedClients, startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { busyboxArchive } from "../../support/images.ts";
import { freePort } from "../../support/port.ts";
import { publishImage } from "../../support/publish.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";

let registry: TestRegistry;
/** The blob of the image's layer in the registry. */
let layer: { path: string; intact: string };

describe.each(installedClients)("%s", (client) => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    registry = await startRegistry();
    daemon = await startDaemon();
    layer = await publishSample(registry, daemon.directory);
  });

  afterAll(async () => {
    await Promise.all([registry?.dispose(), daemon?.dispose()]);
  });

  const reference = () => `${registry.host}/sample:1`;

  const expectNothing = async () => {
    expect((await daemon.client(client, ["images", "-aq"])).stdout).toBe("");
    expect((await daemon.client(client, ["image", "inspect", reference()])).code).toBe(1);
  };

  test("a layer that does not match its digest", async () => {
    const bytes = readFileSync(layer.intact);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
    writeFileSync(layer.path, bytes);
    const result = await daemon.client(client, ["pull", reference()]);
    expect(result.stderr).toMatch(/verification failed|digest/i);
    expect(result.code).toBe(1);
    await expectNothing();
  });

  test("a layer that is shorter than announced", async () => {
    copyFileSync(layer.intact, layer.path);
    truncateSync(layer.path, readFileSync(layer.intact).length >> 1);
    const result = await daemon.client(client, ["pull", reference()]);
    expect(result.stderr).toMatch(/verification failed|digest|unexpected EOF|size/i);
    expect(result.code).toBe(1);
    await expectNothing();
    copyFileSync(layer.intact, layer.path);
  });

  test("a connection that always breaks within a layer", async () => {
    const cut = await cuttingProxy(Number(registry.host.split(":")[1]), 200_000);
    try {
      const result = await daemon.client(client, ["pull", `127.0.0.1:${cut.port}/sample:1`]);
      // A client that resumes where it broke off may get there in spite of it; then the image must be whole.
      if (result.code === 0) {
        const run = await daemon.client(client, ["run", "--rm", `127.0.0.1:${cut.port}/sample:1`, "true"]);
        expect(run.code).toBe(0);
        await daemon.client(client, ["rmi", "-f", `127.0.0.1:${cut.port}/sample:1`]);
      } else {
        expect(result.stderr).toMatch(/EOF|closed|reset|interrupted|broke/i);
      }
      await expectNothing();
    } finally {
      cut.server.close();
    }
  });

  test("a digest that the registry does not have", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const result = await daemon.client(client, ["pull", `${registry.host}/sample@${digest}`]);
    expect(result.stderr).toMatch(/not found|manifest unknown/);
    expect(result.code).toBe(1);
    await expectNothing();
  });

  test("afterwards the same pull succeeds, and the image runs", async () => {
    const result = await daemon.client(client, ["pull", reference()]);
    expect(result).toMatchObject({ code: 0 });
    expect(result.stdout).toContain(`Status: Downloaded newer image for ${reference()}`);
    const run = await daemon.client(client, ["run", "--rm", reference(), "echo", "whole"]);
    expect(run).toEqual({ code: 0, stdout: "whole\n", stderr: "" });
  });

  test("a full disk", async () => {
    await using small = await startDaemon({ dataRootSize: "4m" });
    const result = await small.client(client, ["pull", reference()]);
    expect(result.stderr).toContain("no space left on device");
    expect(result.code).toBe(1);
    expect((await small.client(client, ["images", "-aq"])).stdout).toBe("");
    expect((await small.request("GET", "/_ping")).ok).toBe(true);
  });
});

/** An image of busybox and four megabytes that do not compress. */
async function publishSample(target: TestRegistry, directory: string): Promise<{ path: string; intact: string }> {
  const archive = await busyboxArchive(async (root) => {
    const noise = Array.from({ length: 64 }, () => crypto.getRandomValues(new Uint8Array(65_536)));
    writeFileSync(join(root, "noise"), Buffer.concat(noise));
  });
  const { layers } = await publishImage(target.url, "sample", "1", { layers: [archive] });
  const path = target.blobPath(layers[0] ?? "");
  const intact = join(directory, "layer");
  copyFileSync(path, intact);
  return { path, intact };
}

/** Passes connections on to a port, and breaks each after so many bytes of answer. */
async function cuttingProxy(to: number, after: number): Promise<{ port: number; server: Server }> {
  const port = await freePort();
  const server = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    let passed = 0;
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.on("data", (chunk) => far.write(chunk));
    far.on("data", (chunk) => {
      passed += chunk.length;
      near.write(chunk);
      if (passed > after) near.destroy();
    });
  }).listen(port, "127.0.0.1");
  return { port, server };
}
