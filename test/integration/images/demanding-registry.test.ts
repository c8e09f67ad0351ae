// Registries with redirects, rate limits and tokens; indexes, mirrors, proxies, and imports from the web.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveOf } from "../../support/archive.ts";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { type PullOptions, pullImage, randomLayer } from "../../support/image-store.ts";
import { type OddAnswer, OddRegistry, sha256 } from "../../support/odd-registry.ts";
import { progressLines, statusesOf } from "../../support/progress-lines.ts";

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

describe("authorization", () => {
  const user = { name: "someone", password: "secret" };

  test("is not forwarded to a redirect's host", async () => {
    registry.addImage("one", [randomLayer(1)]);
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

  test("is a token from the registry's token service when requested", async () => {
    registry.addImage("one", [randomLayer(1)]);
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

  test("requests a new token after expiry", async () => {
    registry.addImage("one", [randomLayer(1)]);
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

  test("is never sent unencrypted to a host not configured as insecure", async () => {
    registry.answer = () => ({
      status: 401,
      headers: { "WWW-Authenticate": 'Bearer realm="http://token.invalid/token",service="x"' },
    });
    const [{ error } = { error: "" }] = await pull("x:one", { user });
    expect(error).toContain("wants a password sent to http://token.invalid unencrypted");
  });

  test("does not answer challenges of a redirect's host", async () => {
    registry.addImage("one", [randomLayer(1)]);
    await using elsewhere = await OddRegistry.start();
    elsewhere.answer = () => ({
      status: 401,
      headers: { "WWW-Authenticate": `Bearer realm="http://${elsewhere.host}/token"` },
    });
    registry.answer = ({ path }) =>
      path.includes("/blobs/") ? { status: 307, headers: { Location: `http://${elsewhere.host}${path}` } } : undefined;
    expect((await pull("x:one", { user })).at(-1)?.error).toBe("unauthorized: authentication required");
    expect(elsewhere.requests.filter(({ path }) => path.startsWith("/token"))).toEqual([]);
  });

  test("reports insufficient access in Docker's words, as for a missing image", async () => {
    registry.answer = ({ path }) => {
      if (path.startsWith("/token")) return { status: 200, body: '{"token":"good for nothing"}' };
      const challenge = `Bearer realm="http://${registry.host}/token",service="odd",error="insufficient_scope"`;
      const body = '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}';
      return { status: 401, headers: { "WWW-Authenticate": challenge }, body };
    };
    const answer = await daemon.request("POST", `/images/create?fromImage=${registry.host}/x&tag=one`);
    expect([answer.status, await answer.json()]).toEqual([
      404,
      {
        message: `pull access denied for ${registry.host}/x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
      },
    ]);
  });

  test("reports a refused token with the original request", async () => {
    registry.answer = ({ path }) =>
      path.startsWith("/token")
        ? { status: 401, body: '{"details":"incorrect username or password"}' }
        : { status: 401, headers: { "WWW-Authenticate": `Bearer realm="http://${registry.host}/token"` } };
    const answer = await daemon.request("POST", `/images/create?fromImage=${registry.host}/x&tag=one`);
    expect([answer.status, await answer.json()]).toEqual([
      500,
      { message: `Head "http://${registry.host}/v2/x/manifests/one": unauthorized: incorrect username or password` },
    ]);
    const login = { username: "someone", password: "wrong", serveraddress: registry.host };
    const refused = await daemon.request("POST", "/auth", login);
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { message: `Get "http://${registry.host}/v2/": unauthorized: incorrect username or password` },
    ]);
  });
});

test("a tag that matches a local image needs no pull", async () => {
  const { manifest } = registry.addImage("one", [randomLayer(1)]);
  await pull();
  registry.requests.length = 0;
  expect((await pull()).at(-1)?.status).toBe(`Status: Image is up to date for ${registry.host}/x:one`);
  expect(
    registry.requests.map(({ method, path }) => `${method} ${path}`).filter((line) => !/^GET \/v2\/$/.test(line)),
  ).toEqual(["HEAD /v2/x/manifests/one"]);
  const other = registry.addImage("one", [randomLayer(1)]);
  expect((await pull()).at(-1)?.status).toBe(`Status: Downloaded newer image for ${registry.host}/x:one`);
  expect(other.digest).not.toBe(sha256(JSON.stringify(manifest)));
  // Some registries know no HEAD, or do not say what they have.
  registry.answer = ({ method }) => (method === "HEAD" ? { status: 405 } : undefined);
  expect((await pull()).at(-1)?.status).toBe(`Status: Image is up to date for ${registry.host}/x:one`);
});

test("waits for a rate limit as the registry requests", async () => {
  registry.addImage("one", [randomLayer(1)]);
  let refusals = 0;
  registry.answer = () => (refusals++ < 2 ? { status: 429, headers: { "Retry-After": "1" } } : undefined);
  expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
});

test("reports a rate limit that would take too long", async () => {
  registry.answer = () => ({
    status: 429,
    headers: { "Retry-After": "3600" },
    body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}',
  });
  expect(await pull()).toEqual([{ error: "toomanyrequests: You have reached your pull rate limit." }]);
});

test("selects the platform's image from an index and skips attestations", async () => {
  const { digest, id } = registry.addImage("own", [randomLayer(1)]);
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

  test("are tried first, with their own credentials and path", async () => {
    registry.addImage("one", [randomLayer(1)]);
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

  test.each([500, 404, 401, 403])("that respond with %d are skipped", async (status) => {
    registry.addImage("one", [randomLayer(1)]);
    await withMirror(async (mirror) => {
      mirror.answer = () => ({ status });
      expect((await pull()).at(-1)?.status).toStartWith("Status: Downloaded newer image");
      expect(registry.requests.length).toBeGreaterThan(0);
    });
  });

  test("are not retried after the registry refuses", async () => {
    registry.answer = () => ({ status: 401, headers: { "WWW-Authenticate": "Basic" } });
    await withMirror(async (mirror) => {
      mirror.answer = () => ({ status: 404 });
      const [{ error } = { error: "" }] = await pull();
      expect(error).toMatch(/no basic auth credentials$/);
      expect(mirror.requests).toHaveLength(1);
      expect(registry.requests).toHaveLength(1);
    });
  });

  test("suffice without the registry", async () => {
    registry.addImage("one", [randomLayer(1)]);
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

test("uses a proxy, which can change without a restart", async () => {
  // A host that only the proxies know.
  const proxied = "registry.test:5000";
  registry.addImage("one", [randomLayer(1)]);
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
  await pullImage(daemon, `${proxied}/x:one`);
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
  expect((await pullImage(daemon, `${proxied}/x:one`)).at(-1)?.status).toBe(
    `Status: Downloaded newer image for ${proxied}/x:one`,
  );
  expect(daemon.log).not.toContain("hidden");
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
  const missing = `http://${registry.host}/nowhere.tar`;
  expect(await imported(missing)).toEqual([{ error: `failed to GET ${missing} with status 404 Odd` }]);
  expect(await imported("file:///etc/passwd")).toEqual([{ error: "unsupported protocol scheme: file:///etc/passwd" }]);
});
