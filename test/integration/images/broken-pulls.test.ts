// Interrupted pulls: network failure, daemon crash, client disconnect, full disk; and shared transfers.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import {
  blobsOf,
  expectNoImages,
  layersOf,
  MEGABYTE,
  type PullOptions,
  partialBytesOf,
  partialsOf,
  pullImage,
  randomBytes,
  randomLayer,
} from "../../support/image-store.ts";
import { type OddAnswer, OddRegistry, type OddRequest, rangeOf } from "../../support/odd-registry.ts";
import { statusesOf } from "../../support/progress-lines.ts";

let registry: OddRegistry;
let daemon: TestDaemon;

beforeEach(async () => {
  registry = await OddRegistry.start();
  daemon = await startDaemon();
});
afterEach(async () => {
  await daemon.dispose();
  await registry[Symbol.asyncDispose]();
});

const pull = (name = "x:one", options: PullOptions = {}) => pullImage(daemon, `${registry.host}/${name}`, options);

/** The first response to a blob request is faulty as specified, later ones are correct. */
function once(digest: string, answer: (request: OddRequest, blob: Buffer) => OddAnswer): void {
  let isFirst = true;
  registry.answer = (request) => {
    if (!isFirst || !request.path.endsWith(`/blobs/${digest}`)) return undefined;
    isFirst = false;
    return answer(request, registry.blobs.get(digest) ?? Buffer.alloc(0));
  };
}

describe("interrupted pulls", () => {
  test("resume within a blob", async () => {
    const { manifest } = registry.addImage("one", [randomLayer(3)]);
    const [{ digest, size } = { digest: "", size: 0 }] = manifest.layers;
    once(digest, (_request, blob) => ({ status: 200, body: blob, cutAfter: 2 * MEGABYTE }));
    const found = statusesOf(await pull());
    expect(found.at(-1)).toBe(`Status: Downloaded newer image for ${registry.host}/x:one`);
    expect(found.some((line) => line.endsWith("Retrying in 1 second"))).toBe(true);
    expect(registry.blobRequests(digest)).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
    expect(registry.sent).toBeLessThan(size + manifest.config.size + MEGABYTE);
    expect(partialsOf(daemon)).toEqual([]);
  });

  test("fail with a message after repeated breaks, and the next pull resumes", async () => {
    const { manifest } = registry.addImage("one", [randomLayer(2)]);
    const [{ digest, size } = { digest: "", size: 0 }] = manifest.layers;
    registry.answer = ({ path, headers }) =>
      path.endsWith(digest)
        ? {
            ...rangeOf(registry.blobs.get(digest) ?? Buffer.alloc(0), headers.get("range")),
            cutAfter: headers.get("range") ? 0 : MEGABYTE,
          }
        : undefined;
    expect((await pull()).at(-1)?.error).toBe("unexpected EOF");
    await expectNoImages(daemon);
    expect(partialsOf(daemon)).toContain(digest.slice("sha256:".length));
    registry.answer = () => undefined;
    registry.sent = 0;
    expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
    expect(registry.sent).toBeLessThan(size - MEGABYTE / 2);
    expect(partialsOf(daemon)).toEqual([]);
  });

  test("resume after a restart of the daemon", async () => {
    const { manifest } = registry.addImage("one", [randomLayer(4)]);
    const [{ digest, size } = { digest: "", size: 0 }] = manifest.layers;
    registry.answer = ({ path, headers }) =>
      path.endsWith(digest) && !headers.get("range")
        ? { status: 200, body: registry.blobs.get(digest) ?? "", pace: 20 }
        : undefined;
    const broken = pull().catch(() => []);
    await eventually("a megabyte on the disk", () => partialBytesOf(daemon) > MEGABYTE);
    await daemon.stop("SIGKILL");
    await broken;
    registry.sent = 0;
    await daemon.start();
    await expectNoImages(daemon);
    expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
    expect(registry.blobRequests(digest)).toEqual([undefined, expect.stringMatching(/^bytes=\d{6,}-$/)]);
    expect(registry.sent).toBeLessThan(size - MEGABYTE / 2);
  });

  test("restart the blob when the registry does not support ranges", async () => {
    const { manifest } = registry.addImage("one", [randomLayer(2)]);
    const [{ digest } = { digest: "" }] = manifest.layers;
    let count = 0;
    registry.answer = ({ path }) => {
      if (!path.endsWith(digest)) return undefined;
      count += 1;
      return { status: 200, body: registry.blobs.get(digest) ?? "", ...(count === 1 ? { cutAfter: MEGABYTE } : {}) };
    };
    expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
  });

  test("do not download complete layers again", async () => {
    const { manifest } = registry.addImage("one", [randomLayer(1), randomLayer(8)]);
    const [first, second] = manifest.layers.map(({ digest }) => digest);
    registry.answer = ({ path, headers }) =>
      path.endsWith(second ?? "") && !headers.has("range")
        ? { status: 200, body: registry.blobs.get(second ?? "") ?? "", pace: 20 }
        : undefined;
    const client = new AbortController();
    const left = pull("x:one", { signal: client.signal }).catch(() => "left");
    // The second is unpacked when the first is done with.
    await eventually("the second layer to be under way", () => layersOf(daemon).length === 2);
    await eventually("some of it", () => registry.sent > 2 * MEGABYTE);
    client.abort();
    await left;
    await eventually("what came to be among the partials", () => blobsOf(daemon).length === 0);
    await expectNoImages(daemon);
    expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
    expect(registry.blobRequests(first ?? "")).toHaveLength(1);
    expect(registry.blobRequests(second ?? "")).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
  });

  test("stop when the client disconnects, and keep what has arrived", async () => {
    const { manifest } = registry.addImage("one", [randomLayer(16)]);
    const [{ digest } = { digest: "" }] = manifest.layers;
    registry.answer = ({ path }) =>
      path.endsWith(digest) ? { status: 200, body: registry.blobs.get(digest) ?? "", pace: 40 } : undefined;
    const client = new AbortController();
    const left = pull("x:one", { signal: client.signal }).catch(() => "left");
    await eventually("a megabyte", () => registry.sent > MEGABYTE);
    client.abort();
    await left;
    await eventually("the download to stop", async () => {
      const before = registry.sent;
      await Bun.sleep(200);
      return registry.sent === before;
    });
    expect(registry.sent).toBeLessThan(16 * MEGABYTE);
    await eventually("the partial", () => partialsOf(daemon).includes(digest.slice("sha256:".length)));
    await expectNoImages(daemon);
  });
});

test("download an invalid partial again", async () => {
  const { manifest } = registry.addImage("one", [randomLayer(1)]);
  const [{ digest } = { digest: "" }] = manifest.layers;
  writeFileSync(join(daemon.dataRoot, "content/partial", digest.slice("sha256:".length)), randomBytes(5000));
  expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
  expect(registry.blobRequests(digest)).toEqual(["bytes=5000-", undefined]);
});

test("concurrent pulls of an image share the transfer, and one disconnect does not stop it", async () => {
  const { manifest } = registry.addImage("one", [randomLayer(2), randomLayer(2)]);
  registry.answer = ({ path }) => {
    const blob = registry.blobs.get(path.split("/").at(-1) ?? "");
    return blob ? { status: 200, body: blob, pace: 10 } : undefined;
  };
  const impatient = new AbortController();
  const left = pull("x:one", { signal: impatient.signal }).catch(() => []);
  const stayed = [pull(), pull(), pull("x:one")];
  await eventually("a megabyte", () => registry.sent > MEGABYTE);
  impatient.abort();
  await left;
  for (const found of await Promise.all(stayed)) {
    expect(statusesOf(found).at(-1)).toBe(`Status: Downloaded newer image for ${registry.host}/x:one`);
    expect(statusesOf(found).filter((line) => line.endsWith("Pull complete"))).toHaveLength(2);
  }
  for (const { digest } of [manifest.config, ...manifest.layers]) expect(registry.blobRequests(digest)).toHaveLength(1);
});

test("reports a full disk and leaves no incomplete image", async () => {
  await using small = await startDaemon({ dataRootSize: "24m" });
  const own = daemon;
  daemon = small;
  try {
    registry.addImage("one", [randomLayer(40)]);
    expect((await pull()).at(-1)?.error).toMatch(/no space left on device/);
    await expectNoImages(daemon);
    expect(partialsOf(daemon)).toEqual([]);
  } finally {
    daemon = own;
  }
});

test("the daemon stays responsive while unpacking and hashing", async () => {
  registry.addImage("one", [randomLayer(120)]);
  const pulling = pull();
  let answers = 0;
  let isDone = false;
  void pulling.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await daemon.request("GET", "/_ping");
    answers++;
  }
  expect((await pulling).at(-1)?.status).toStartWith("Status: Downloaded newer image");
  // Hundreds in practice. An event loop that works on the data would answer between two layers at most.
  expect(answers).toBeGreaterThan(20);
});
