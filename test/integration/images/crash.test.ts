// The daemon is killed at random moments of pull, load, import, commit, rmi and prune: every image stays complete,
// every blob matches its digest, and removing everything leaves nothing.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { archiveOf } from "../../support/archive.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { OddRegistry } from "../../support/odd-registry.ts";
import { describeTree } from "../../support/tree.ts";

const rounds = Number(process.env.BERTH_CRASH_ROUNDS ?? 15);
const MAX_LIFETIME_MS = 700;

let registry: OddRegistry;
let daemon: TestDaemon;
let saved: Uint8Array;

const layerOf = (name: string): Buffer =>
  archiveOf([
    { name: `${name}-data`, content: Buffer.alloc(3_000_000, `${name} `) },
    ...Array.from({ length: 300 }, (_, index) => ({ name: `${name}/${index}`, content: `${name} ${index}` })),
  ]);
const base = layerOf("base");

beforeAll(async () => {
  registry = await OddRegistry.start();
  registry.addImage("one", [base, layerOf("one")]);
  registry.addImage("two", [base, layerOf("two"), layerOf("three")]);
  daemon = await startDaemon();
  await daemon.importArchive("saved", layerOf("saved"), ["CMD x"]);
  saved = await (await daemon.request("GET", "/images/get?names=saved")).bytes();
});
afterAll(async () => {
  await daemon.dispose();
  await registry[Symbol.asyncDispose]();
});

const work: Record<string, () => Promise<unknown>> = {
  pull: () =>
    Promise.all(["one", "two"].map((tag) => ask("POST", `/images/create?fromImage=${registry.host}/x&tag=${tag}`))),
  load: () => ask("POST", "/images/load", saved),
  import: () => ask("POST", "/images/create?fromSrc=-&repo=imported", layerOf("imported")),
  commit: async () => {
    await ask("POST", "/containers/create?name=of-saved", Buffer.from('{"Image":"saved","Cmd":["x"]}'), {
      "Content-Type": "application/json",
    });
    await ask("POST", "/commit?container=of-saved&repo=committed&changes=LABEL%20a=b");
    await ask("DELETE", "/containers/of-saved?force=1");
  },
  remove: () =>
    Promise.all(
      ["saved", "imported", `${registry.host}/x:one`].map((name) => ask("DELETE", `/images/${name}?force=1`)),
    ),
  prune: () => ask("POST", `/images/prune?filters=${encodeURIComponent('{"dangling":["false"]}')}`),
};

/** A request whose answer may never come. */
async function ask(
  method: string,
  path: string,
  body?: Uint8Array,
  headers: Record<string, string> = {},
): Promise<void> {
  const answer = await daemon.request(method, path, body, headers).catch(() => undefined);
  await answer?.text().catch(() => undefined);
}

const directory = (...names: string[]): string => join(daemon.dataRoot, ...names);

interface Listed {
  Id: string;
}
async function list(): Promise<Listed[]> {
  const found: unknown = await daemon.call("GET", "/images/json?all=1");
  return Array.isArray(found) ? found : [];
}

/** Every file in the layers of an image, with the content expected from its name. */
async function expectWhole(id: string): Promise<void> {
  const inspected: unknown = await daemon.call("GET", `/images/${id}/json`);
  const data = JSON.parse(JSON.stringify(inspected)).GraphDriver.Data;
  const layers = `${data.UpperDir}:${data.LowerDir ?? ""}`.split(":").filter(Boolean);
  for (const path of layers) {
    const lines = describeTree(path);
    for (const name of Object.keys(lines)) {
      const [, group, index] = /^\.\/([a-z]+)\/(\d+)$/.exec(name) ?? [];
      if (group) expect(readFileSync(join(path, name), "utf8")).toBe(`${group} ${index}`);
    }
    const groups = Object.keys(lines).filter((name) => name.endsWith("-data"));
    for (const group of groups) expect(readFileSync(join(path, group)).length).toBe(3_000_000);
    if (groups.length > 0) expect(Object.keys(lines).length).toBe(303);
  }
  const manifest: unknown = await daemon.call("GET", `/images/${id}/history`);
  expect(Array.isArray(manifest)).toBe(true);
}

function expectTrueBlobs(): void {
  for (const name of readdirSync(directory("content/blobs/sha256"))) {
    const bytes = readFileSync(directory("content/blobs/sha256", name));
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(name);
  }
}

test("discards a blob truncated by a power failure", async () => {
  await ask("POST", `/images/create?fromImage=${registry.host}/x&tag=one`);
  const archive = [...registry.blobs].sort(([, one], [, other]) => other.length - one.length)[0]?.[0] ?? "";
  await daemon.stop("SIGKILL");
  truncateSync(directory("content/blobs/sha256", archive.slice("sha256:".length)), 1000);
  await daemon.start();
  expectTrueBlobs();
  for (const { Id } of await list()) await expectWhole(Id);
  registry.requests.length = 0;
  await ask("POST", `/images/create?fromImage=${registry.host}/x&tag=one`);
  expect(registry.blobRequests(archive)).toEqual(["bytes=1000-"]);
  expectTrueBlobs();
});

test(
  `${rounds} deaths`,
  async () => {
    const names = Object.keys(work);
    for (let round = 0; round < rounds; round++) {
      const chosen = [names[round % names.length], names[Math.floor(Math.random() * names.length)]];
      const running = chosen.map((name) => work[name ?? ""]?.());
      await Bun.sleep(Math.random() * MAX_LIFETIME_MS);
      await daemon.stop("SIGKILL");
      await Promise.all(running);
      await daemon.start();
      expectTrueBlobs();
      for (const { Id } of await list()) await expectWhole(Id);
    }
    await ask("DELETE", "/containers/of-saved?force=1");
    for (const { Id } of await list()) await ask("DELETE", `/images/${Id}?force=1`);
    await work.prune?.();
    expect(await list()).toEqual([]);
    expect(readdirSync(directory("content/blobs/sha256"))).toEqual([]);
    expect(readdirSync(directory("content/partial"))).toEqual([]);
    expect(readdirSync(directory("layers"))).toEqual(["empty"]);
  },
  rounds * 10_000,
);
