// Pulls from registries that break off, lie, redirect, limit and demand.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf } from "../../support/archive.ts";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { type OddAnswer, OddRegistry, type OddRequest, rangeOf, sha256 } from "../../support/odd-registry.ts";
import { authHeader, type ProgressLine, progressLines, statusesOf } from "../../support/progress-lines.ts";

const MEGABYTE = 1024 * 1024;
const random = (length: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 65536) }, () => crypto.getRandomValues(new Uint8Array(65536))),
  ).subarray(0, length);
const layer = (megabytes: number): Buffer => archiveOf([{ name: "data", content: random(megabytes * MEGABYTE) }]);

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

async function pull(
  name = "x:one",
  {
    host = registry.host,
    user,
    signal,
  }: { host?: string; user?: { name: string; password: string }; signal?: AbortSignal } = {},
): Promise<ProgressLine[]> {
  const path = `/images/create?fromImage=${encodeURIComponent(`${host}/${name}`)}&tag=`;
  return progressLines(
    await fetch(`http://localhost${path}`, {
      unix: daemon.socket,
      method: "POST",
      headers: authHeader(user),
      ...(signal ? { signal } : {}),
    }),
  );
}

const partials = (): string[] => readdirSync(join(daemon.dataRoot, "content/partial"));
const partialBytes = (): number =>
  partials().reduce((sum, name) => sum + statSync(join(daemon.dataRoot, "content/partial", name)).size, 0);
const blobs = (): string[] => readdirSync(join(daemon.dataRoot, "content/blobs/sha256"));
const layers = (): string[] => readdirSync(join(daemon.dataRoot, "layers")).filter((name) => name !== "empty");
const images = () => daemon.call("GET", "/images/json?all=1");

async function expectNothing(): Promise<void> {
  expect(await images()).toEqual([]);
  expect(blobs()).toEqual([]);
  expect(layers()).toEqual([]);
}

/** The first answer to a blob's request is as told, later ones are honest. */
function once(digest: string, answer: (request: OddRequest, blob: Buffer) => OddAnswer): void {
  let isFirst = true;
  registry.answer = (request) => {
    if (!isFirst || !request.path.endsWith(`/blobs/${digest}`)) return undefined;
    isFirst = false;
    return answer(request, registry.blobs.get(digest) ?? Buffer.alloc(0));
  };
}

describe("a connection that breaks", () => {
  test("in mid-blob goes on where it broke", async () => {
    const { manifest } = registry.addImage("one", [layer(3)]);
    const [{ digest, size } = { digest: "", size: 0 }] = manifest.layers;
    once(digest, (_request, blob) => ({ status: 200, body: blob, cutAfter: 2 * MEGABYTE }));
    const found = statusesOf(await pull());
    expect(found.at(-1)).toBe(`Status: Downloaded newer image for ${registry.host}/x:one`);
    expect(found.some((line) => line.endsWith("Retrying in 1 second"))).toBe(true);
    expect(registry.blobRequests(digest)).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
    expect(registry.sent).toBeLessThan(size + manifest.config.size + MEGABYTE);
    expect(partials()).toEqual([]);
  });

  test("every time ends the pull in words, and the next one has less to do", async () => {
    const { manifest } = registry.addImage("one", [layer(2)]);
    const [{ digest, size } = { digest: "", size: 0 }] = manifest.layers;
    registry.answer = ({ path, headers }) =>
      path.endsWith(digest)
        ? {
            ...rangeOf(registry.blobs.get(digest) ?? Buffer.alloc(0), headers.get("range")),
            cutAfter: headers.get("range") ? 0 : MEGABYTE,
          }
        : undefined;
    expect((await pull()).at(-1)?.error).toBe("unexpected EOF");
    await expectNothing();
    expect(partials()).toContain(digest.slice("sha256:".length));
    registry.answer = () => undefined;
    registry.sent = 0;
    expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
    expect(registry.sent).toBeLessThan(size - MEGABYTE / 2);
    expect(partials()).toEqual([]);
  }, 60_000);

  test("with the daemon's own end goes on after its restart", async () => {
    const { manifest } = registry.addImage("one", [layer(4)]);
    const [{ digest, size } = { digest: "", size: 0 }] = manifest.layers;
    registry.answer = ({ path, headers }) =>
      path.endsWith(digest) && !headers.get("range")
        ? { status: 200, body: registry.blobs.get(digest) ?? "", pace: 20 }
        : undefined;
    const broken = pull().catch(() => []);
    await eventually("a megabyte on the disk", () => partialBytes() > MEGABYTE);
    await daemon.stop("SIGKILL");
    await broken;
    registry.sent = 0;
    await daemon.start();
    await expectNothing();
    expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
    expect(registry.blobRequests(digest)).toEqual([undefined, expect.stringMatching(/^bytes=\d{6,}-$/)]);
    expect(registry.sent).toBeLessThan(size - MEGABYTE / 2);
  }, 60_000);

  test("is fetched whole from a registry that knows no ranges", async () => {
    const { manifest } = registry.addImage("one", [layer(2)]);
    const [{ digest } = { digest: "" }] = manifest.layers;
    let count = 0;
    registry.answer = ({ path }) => {
      if (!path.endsWith(digest)) return undefined;
      count += 1;
      return { status: 200, body: registry.blobs.get(digest) ?? "", ...(count === 1 ? { cutAfter: MEGABYTE } : {}) };
    };
    expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
  });

  test("by the client's leaving stops the work and keeps what came", async () => {
    const { manifest } = registry.addImage("one", [layer(4)]);
    const [{ digest } = { digest: "" }] = manifest.layers;
    registry.answer = ({ path }) =>
      path.endsWith(digest) ? { status: 200, body: registry.blobs.get(digest) ?? "", pace: 20 } : undefined;
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
    expect(registry.sent).toBeLessThan(4 * MEGABYTE);
    await eventually("the partial", () => partials().includes(digest.slice("sha256:".length)));
    await expectNothing();
  });
});

describe("a registry that lies", () => {
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
    const { manifest } = registry.addImage("one", [layer(1)]);
    const [{ digest } = { digest: "" }] = manifest.layers;
    registry.answer = ({ path }) =>
      path.endsWith(digest) ? answer(registry.blobs.get(digest) ?? Buffer.alloc(0)) : undefined;
    expect((await pull()).at(-1)?.error).toStartWith(message);
    await expectNothing();
  });

  test("about a manifest's content", async () => {
    const { digest } = registry.addImage("one", [layer(1)]);
    const other = registry.addImage("two", [layer(1)]);
    const wrong = registry.manifests.get(other.digest);
    if (wrong) registry.manifests.set(digest, wrong);
    expect(await pull(`x@${digest}`)).toEqual([{ error: `manifest verification failed for digest ${digest}` }]);
    await expectNothing();
  });

  test("about what a layer unpacks to", async () => {
    registry.addImage("one", [layer(1)], { rootfs: { type: "layers", diff_ids: [sha256("something else")] } });
    expect((await pull()).at(-1)?.error).toMatch(
      /^failed to register layer: wrong diff id calculated on extraction "sha256:/,
    );
    await expectNothing();
  });

  test("about how many layers there are", async () => {
    registry.addImage("one", [layer(1)], { rootfs: { type: "layers", diff_ids: [] } });
    expect((await pull()).at(-1)?.error).toBe("layers from manifest don't match image configuration");
    await expectNothing();
  });

  test("with a layer that is no archive", async () => {
    registry.addImage("one", [Buffer.alloc(2000, "no archive ")]);
    expect((await pull()).at(-1)?.error).toMatch(/^failed to register layer: archive\/tar/);
    await expectNothing();
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
    await expectNothing();
  });
});

test("a kept part that is wrong is fetched again", async () => {
  const { manifest } = registry.addImage("one", [layer(1)]);
  const [{ digest } = { digest: "" }] = manifest.layers;
  writeFileSync(join(daemon.dataRoot, "content/partial", digest.slice("sha256:".length)), random(5000));
  expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
  expect(registry.blobRequests(digest)).toEqual(["bytes=5000-", undefined]);
});

test("several who want the same share the work, and one who leaves does not stop it", async () => {
  const { manifest } = registry.addImage("one", [layer(2), layer(2)]);
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

describe("what authorizes", () => {
  const user = { name: "someone", password: "secret" };

  test("stays with the host it is for when that redirects", async () => {
    registry.addImage("one", [layer(1)]);
    await using elsewhere = await OddRegistry.start();
    for (const [digest, blob] of registry.blobs) elsewhere.blobs.set(digest, blob);
    registry.answer = ({ path, headers }): OddAnswer | undefined => {
      if (!headers.has("authorization")) {
        return { status: 401, headers: { "WWW-Authenticate": 'Basic realm="x"' } };
      }
      return path.includes("/blobs/")
        ? { status: 307, headers: { Location: `http://localhost:${elsewhere.port}${path}?signed=1` } }
        : undefined;
    };
    expect((await pull("x:one", { user })).at(-1)?.status).toStartWith("Status: Downloaded newer image");
    expect(elsewhere.requests.length).toBe(2);
    for (const { headers } of elsewhere.requests) expect(headers.has("authorization")).toBe(false);
  });

  test("is a token where the registry asks for one, fetched with the password from where it says", async () => {
    registry.addImage("one", [layer(1)]);
    registry.answer = ({ path, headers }) => {
      if (path.startsWith("/token")) return { status: 200, body: '{"token":"good","expires_in":60}' };
      if (headers.get("authorization") === "Bearer good") return undefined;
      const challenge = `Bearer realm="http://${registry.host}/token",service="odd",scope="repository:x:pull"`;
      return { status: 401, headers: { "WWW-Authenticate": challenge } };
    };
    expect((await pull("x:one", { user })).at(-1)?.status).toStartWith("Status: Downloaded newer image");
    const tokens = registry.requests.filter(({ path }) => path.startsWith("/token"));
    expect(tokens).toHaveLength(1);
    expect(tokens[0]?.path).toBe("/token?service=odd&scope=repository%3Ax%3Apull&account=someone");
    expect(tokens[0]?.headers.get("authorization")).toBe(`Basic ${btoa("someone:secret")}`);
  });

  test("is asked for again when a token has run out", async () => {
    registry.addImage("one", [layer(1)]);
    let tokens = 0;
    registry.answer = ({ path, headers }) => {
      if (path.startsWith("/token")) return { status: 200, body: `{"access_token":"t${++tokens}"}` };
      const isGood =
        headers.get("authorization") === `Bearer t${tokens}` && !(tokens === 1 && path.includes("/blobs/"));
      if (isGood) return undefined;
      return {
        status: 401,
        headers: { "WWW-Authenticate": `Bearer realm="http://${registry.host}/token",service="odd"` },
      };
    };
    expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
    expect(tokens).toBeGreaterThan(1);
  });

  test("never leaves unencrypted for a host nobody allowed that", async () => {
    registry.answer = () => ({
      status: 401,
      headers: { "WWW-Authenticate": 'Bearer realm="http://token.invalid/token",service="x"' },
    });
    const [{ error } = { error: "" }] = await pull("x:one", { user });
    expect(error).toContain("wants a password sent to http://token.invalid unencrypted");
  });
});

test("a limit is waited for as long as the registry says", async () => {
  registry.addImage("one", [layer(1)]);
  let refusals = 0;
  registry.answer = () => (refusals++ < 2 ? { status: 429, headers: { "Retry-After": "1" } } : undefined);
  expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
}, 30_000);

test("a limit that would take too long is told", async () => {
  registry.answer = () => ({
    status: 429,
    headers: { "Retry-After": "3600" },
    body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}',
  });
  expect(await pull()).toEqual([{ error: "toomanyrequests: You have reached your pull rate limit." }]);
});

test("an index leads to the image of the platform, attestations are passed over", async () => {
  const { digest, id } = registry.addImage("own", [layer(1)]);
  const manifest = registry.manifests.get(digest)?.bytes.length ?? 0;
  const entry = (platform: object, of = digest) => ({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: of,
    size: manifest,
    platform,
  });
  const index = registry.addManifest("one", "application/vnd.oci.image.index.v1+json", {
    schemaVersion: 2,
    manifests: [
      entry({ os: "unknown", architecture: "unknown" }, sha256("attestation")),
      entry({ os: "linux", architecture: "s390x" }, sha256("other")),
      entry({ os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" }),
    ],
  });
  const found = statusesOf(await pull());
  expect(found).toContain(`Digest: ${index}`);
  expect(await daemon.call("GET", `/images/${registry.host}/x@${index}/json`)).toMatchObject({ Id: id });
  const other = await daemon.request(
    "POST",
    `/images/create?fromImage=${registry.host}/x&tag=one&platform=linux/riscv64`,
  );
  expect(other.status).toBe(404);
  expect(await other.json()).toEqual({
    message: "no matching manifest for linux/riscv64 in the manifest list entries",
  });
});

describe("mirrors", () => {
  async function withMirror(work: (mirror: OddRegistry) => Promise<void>, options: object = {}): Promise<void> {
    await using mirror = await OddRegistry.start();
    const rules = { mirrors: [{ url: `http://${mirror.host}/via`, username: "mirror", password: "own" }], ...options };
    await using other = await startDaemon({ config: { registries: { [registry.host]: rules } } });
    const own = daemon;
    daemon = other;
    try {
      await work(mirror);
    } finally {
      daemon = own;
    }
  }
  const copyTo = (mirror: OddRegistry): void => {
    for (const [digest, blob] of registry.blobs) mirror.blobs.set(digest, blob);
    for (const [name, manifest] of registry.manifests) mirror.manifests.set(name, manifest);
  };

  test("are asked first, with their own credentials and path", async () => {
    registry.addImage("one", [layer(1)]);
    await withMirror(async (mirror) => {
      copyTo(mirror);
      mirror.answer = ({ headers }) =>
        headers.get("authorization") === `Basic ${btoa("mirror:own")}`
          ? undefined
          : { status: 401, headers: { "WWW-Authenticate": "Basic" } };
      const found = await pull("x:one", { user: { name: "someone", password: "secret" } });
      expect(found.at(-1)?.status).toBe(`Status: Downloaded newer image for ${registry.host}/x:one`);
      expect(registry.requests).toEqual([]);
      expect(mirror.requests[0]?.path).toBe("/v2/via/x/manifests/one");
      for (const { headers } of mirror.requests)
        expect(headers.get("authorization") ?? "").not.toContain(btoa("someone:secret"));
    });
  });

  test.each([500, 404, 401, 403])("that answer %d leave it to the registry", async (status) => {
    registry.addImage("one", [layer(1)]);
    await withMirror(async (mirror) => {
      mirror.answer = () => ({ status });
      expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
      expect(registry.requests.length).toBeGreaterThan(0);
    });
  });

  test("are not asked again about what the registry itself refuses", async () => {
    registry.answer = () => ({ status: 401, headers: { "WWW-Authenticate": "Basic" } });
    await withMirror(async (mirror) => {
      mirror.answer = () => ({ status: 404 });
      const [{ error } = { error: "" }] = await pull();
      expect(error).toMatch(/no basic auth credentials$/);
      expect(mirror.requests).toHaveLength(1);
      expect(registry.requests).toHaveLength(1);
    });
  });

  test("may be all there is", async () => {
    registry.addImage("one", [layer(1)]);
    await withMirror(
      async (mirror) => {
        mirror.answer = () => ({ status: 500, body: "broken" });
        const [{ error } = { error: "" }] = await pull();
        expect(error).toContain("500");
        expect(registry.requests).toEqual([]);
      },
      { fallback: false },
    );
  });
});

test("a proxy is used, and changed without a restart", async () => {
  // A host that only the proxies know.
  const proxied = "registry.test:5000";
  registry.addImage("one", [layer(1)]);
  await using first = await OddRegistry.start();
  const setProxy = (proxy: string): void => {
    const path = join(daemon.directory, "daemon.json");
    const config: object = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(
      path,
      JSON.stringify({
        ...config,
        "insecure-registries": [proxied],
        proxies: { "http-proxy": proxy, "https-proxy": proxy },
      }),
    );
  };
  first.answer = () => ({ status: 502 });
  const reload = async (): Promise<void> => {
    const before = daemon.log.split("configuration reloaded").length;
    process.kill(daemon.pid, "SIGHUP");
    await eventually("the reload", () => daemon.log.split("configuration reloaded").length > before);
  };
  setProxy(`http://user:hidden@${first.host}`);
  await reload();
  await pull("x:one", { host: proxied });
  expect(first.requests.map(({ method }) => method)).toContain("GET");
  setProxy(`http://${registry.host}`);
  await reload();
  registry.answer = ({ method, path }) => {
    if (method === "CONNECT") return { status: 502 };
    const [, kind, name = ""] = /\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    const body = kind === "blobs" ? registry.blobs.get(name) : registry.manifests.get(name)?.bytes;
    return body
      ? { status: 200, headers: { "Content-Type": "application/vnd.oci.image.manifest.v1+json" }, body }
      : undefined;
  };
  expect((await pull("x:one", { host: proxied })).at(-1)?.status).toBe(
    `Status: Downloaded newer image for ${proxied}/x:one`,
  );
  expect(daemon.log).not.toContain("hidden");
});

test("a full disk is told and nothing is half there", async () => {
  await using small = await startDaemon({ dataRootSize: "24m" });
  const own = daemon;
  daemon = small;
  try {
    registry.addImage("one", [layer(40)]);
    expect((await pull()).at(-1)?.error).toMatch(/no space left on device/);
    await expectNothing();
    expect(partials()).toEqual([]);
  } finally {
    daemon = own;
  }
});

test("import fetches from a web server", async () => {
  const archive = archiveOf([{ name: "from-the-web", content: "x" }]);
  registry.answer = ({ path }) => (path === "/tree.tar" ? { status: 200, body: archive } : { status: 404 });
  const imported = async (source: string) =>
    progressLines(await daemon.request("POST", `/images/create?fromSrc=${encodeURIComponent(source)}&repo=web`));
  const found = await imported(`http://${registry.host}/tree.tar`);
  expect(found[0]?.status).toBe(`Downloading from http://${registry.host}/tree.tar`);
  expect(found.at(-1)?.status).toMatch(/^sha256:/);
  expect(await daemon.call("GET", "/images/web/history")).toMatchObject([
    { Comment: `Imported from http://${registry.host}/tree.tar` },
  ]);
  expect((await imported(`http://${registry.host}/nowhere.tar`)).at(-1)?.error).toContain("404");
  expect(await imported("file:///etc/passwd")).toEqual([{ error: "unsupported protocol scheme: file:///etc/passwd" }]);
});

test("the daemon answers others while it unpacks and hashes", async () => {
  registry.addImage("one", [layer(120)]);
  const pulling = pull();
  let slowest = 0;
  let isDone = false;
  pulling.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const start = performance.now();
    await daemon.request("GET", "/_ping");
    slowest = Math.max(slowest, performance.now() - start);
    await Bun.sleep(5);
  }
  expect((await pulling).at(-1)?.status).toStartWith("Status: Downloaded newer image");
  // Far above what it takes, far below what a loop that works on the data would take.
  expect(slowest).toBeLessThan(2000);
}, 60_000);
