// keep-layer-archives: when off, an image uses only its unpacked size and cannot be pushed; when on again, a pull
// downloads the missing archives.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { blobsOf, layersOf, partialsOf, pullImage, randomLayer } from "../../support/image-store.ts";
import { OddRegistry } from "../../support/odd-registry.ts";
import { progressLines, statusesOf } from "../../support/progress-lines.ts";

let registry: OddRegistry;
let daemon: TestDaemon;

beforeEach(async () => {
  registry = await OddRegistry.start();
  daemon = await startDaemon({ config: { "keep-layer-archives": false } });
});
afterEach(async () => {
  await daemon.dispose();
  await registry[Symbol.asyncDispose]();
});

const pull = async () => pullImage(daemon, `${registry.host}/x:one`);
const save = () => daemon.request("GET", `/images/get?names=${registry.host}/x:one`);

async function keepArchives(): Promise<void> {
  const path = join(daemon.directory, "daemon.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), "keep-layer-archives": true }));
  const before = daemon.log.split("configuration reloaded").length;
  process.kill(daemon.pid, "SIGHUP");
  await eventually("the reload", () => daemon.log.split("configuration reloaded").length > before);
}

test("images without stored layer archives cannot be pushed or saved as such", async () => {
  const { manifest, digest, id } = registry.addImage("one", [randomLayer(1), randomLayer(2)]);
  expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
  expect(blobsOf(daemon).sort()).toEqual([digest, id].map((name) => name.slice("sha256:".length)).sort());
  expect(partialsOf(daemon)).toEqual([]);
  const refusal = /^the archive of layer sha256:[0-9a-f]{64} was not kept \(keep-layer-archives is off\)/;
  const answer = await save();
  expect([answer.status, JSON.parse(await answer.text()).message]).toEqual([409, expect.stringMatching(refusal)]);
  const pushed = await progressLines(await daemon.request("POST", `/images/${registry.host}/x/push?tag=one`));
  expect(pushed.at(-1)?.error).toMatch(refusal);

  await keepArchives();
  registry.sent = 0;
  const found = statusesOf(await pull());
  for (const layer of manifest.layers) expect(found).toContain(`${layer.digest.slice(7, 19)}: Pull complete`);
  expect(layersOf(daemon)).toHaveLength(2);
  expect(
    await progressLines(await daemon.request("POST", "/images/load?quiet=1", await (await save()).bytes())),
  ).toEqual([{ stream: `Loaded image: ${registry.host}/x:one\n` }]);
  expect(statusesOf(await pull())).toContain(`${manifest.layers[0]?.digest.slice(7, 19)}: Already exists`);
});

test("verifies layers that are downloaded again", async () => {
  const layer = randomLayer(1);
  registry.addImage("one", [layer]);
  await pull();
  await keepArchives();
  // The same layer by its configuration, but another blob for it in the manifest.
  const { manifest } = registry.addImage("other", [randomLayer(1)]);
  const [blob] = manifest.layers;
  const own = JSON.parse(registry.manifests.get("one")?.bytes.toString() ?? "{}");
  registry.addManifest("one", own.mediaType, { ...own, layers: [blob] });
  expect((await pull()).at(-1)?.error).toMatch(/wrong diff id/);
  expect(layersOf(daemon)).toHaveLength(1);
});
