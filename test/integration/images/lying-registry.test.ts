// Pulls from a registry with wrong digests, lengths and contents: rejected, and nothing is left behind.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { expectNoImages, MEGABYTE, type PullOptions, pullImage, randomLayer } from "../../support/image-store.ts";
import { type OddAnswer, OddRegistry, sha256 } from "../../support/odd-registry.ts";

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

describe("a registry with inconsistent data", () => {
  const failed = "filesystem layer verification failed for digest";
  test.each<[string, (blob: Buffer) => OddAnswer, string]>([
    ["about a blob's content", (blob) => ({ status: 200, body: Buffer.from(blob).fill(0, 100, 200) }), failed],
    ["about a blob's length, too short", (blob) => ({ status: 200, body: blob.subarray(0, 5000) }), failed],
    ["about a blob's length, too long", (blob) => ({ status: 200, body: Buffer.concat([blob, blob]) }), failed],
    [
      "about a blob's length, without saying it",
      (blob) => ({ status: 200, body: Buffer.concat([blob, blob]), hidesLength: true }),
      failed,
    ],
  ])("%s", async (_name, answer, message) => {
    const { manifest } = registry.addImage("one", [randomLayer(1)]);
    const [{ digest } = { digest: "" }] = manifest.layers;
    registry.answer = ({ path }) =>
      path.endsWith(digest) ? answer(registry.blobs.get(digest) ?? Buffer.alloc(0)) : undefined;
    expect((await pull()).at(-1)?.error).toStartWith(message);
    await expectNoImages(daemon);
  });

  test("manifest content", async () => {
    const { digest } = registry.addImage("one", [randomLayer(1)]);
    const other = registry.addImage("two", [randomLayer(1)]);
    const wrong = registry.manifests.get(other.digest);
    if (wrong) registry.manifests.set(digest, wrong);
    expect(await pull(`x@${digest}`)).toEqual([{ error: `manifest verification failed for digest ${digest}` }]);
    await expectNoImages(daemon);
  });

  test("uncompressed layer digest", async () => {
    registry.addImage("one", [randomLayer(1)], { rootfs: { type: "layers", diff_ids: [sha256("something else")] } });
    expect((await pull()).at(-1)?.error).toMatch(
      /^failed to register layer: wrong diff id calculated on extraction "sha256:/,
    );
    await expectNoImages(daemon);
  });

  test("number of layers", async () => {
    registry.addImage("one", [randomLayer(1)], { rootfs: { type: "layers", diff_ids: [] } });
    expect((await pull()).at(-1)?.error).toBe("layers from manifest don't match image configuration");
    await expectNoImages(daemon);
  });

  test("invalid layer archive", async () => {
    registry.addImage("one", [Buffer.alloc(2000, "no archive ")]);
    expect((await pull()).at(-1)?.error).toMatch(/^failed to register layer: archive\/tar/);
    await expectNoImages(daemon);
  });

  test.each([
    ["HTML", "text/html", "<html>"],
    [
      "a manifest of the first schema",
      "application/vnd.docker.distribution.manifest.v1+prettyjws",
      '{"schemaVersion":1}',
    ],
    [
      "a digest of another kind",
      "application/vnd.oci.image.manifest.v1+json",
      '{"schemaVersion":2,"config":{"digest":"md5:1","size":1},"layers":[]}',
    ],
    [
      "a negative size",
      "application/vnd.oci.image.manifest.v1+json",
      `{"schemaVersion":2,"config":{"digest":"sha256:${"a".repeat(64)}","size":-1},"layers":[]}`,
    ],
    ["an endless manifest", "application/vnd.oci.image.manifest.v1+json", " ".repeat(9 * MEGABYTE)],
  ])("with %s", async (_name, mediaType, body) => {
    registry.answer = ({ path }) =>
      path.includes("/manifests/") ? { status: 200, headers: { "Content-Type": mediaType }, body } : undefined;
    const [{ error } = { error: "" }] = await pull();
    expect(error).toBeTruthy();
    await expectNoImages(daemon);
  });

  // `docker pull -a` would go on for as long as the registry does.
  test.each<[string, (page: number) => string[], string]>([
    ["that repeats itself", () => ["one"], "the registry's list of tags repeats itself"],
    ["without end", (page) => Array.from({ length: 40_000 }, (_, tag) => `${page}-${tag}`), "the repository has more"],
  ])("with a list of tags %s", async (_name, tags, message) => {
    let page = 0;
    registry.answer = ({ path }) =>
      path.includes("/tags/list")
        ? {
            status: 200,
            headers: { Link: `</v2/x/tags/list?last=${++page}>; rel="next"` },
            body: JSON.stringify({ tags: tags(page) }),
          }
        : undefined;
    expect((await pull("x")).at(-1)?.error).toStartWith(message);
    expect(page).toBeLessThan(5);
  });

  test.each([
    ["a token", 200, "authorization server did not include a token in the response"],
    ["a reason for refusing one", 403, "unexpected status"],
  ])("with an endless answer where %s is expected", async (_name, status, message) => {
    registry.answer = ({ path }) =>
      path.startsWith("/token")
        ? { status, body: Buffer.alloc(64 * MEGABYTE, " "), hidesLength: true }
        : { status: 401, headers: { "WWW-Authenticate": `Bearer realm="http://${registry.host}/token"` } };
    expect((await pull()).at(-1)?.error).toContain(message);
    expect(registry.sent).toBeLessThan(16 * MEGABYTE);
  });
});
