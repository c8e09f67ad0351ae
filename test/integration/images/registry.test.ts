// Pull and push with Debian's docker-registry: public, with a password, with TLS; checked with other tools.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveOf } from "../../support/archive.ts";
import { mustRun } from "../../support/command.ts";
import { dockerIsInstalled, startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { authHeader, progressLines, statusesOf } from "../../support/progress-lines.ts";
import { registryIsInstalled, startRegistry, type TestRegistry } from "../../support/registry.ts";
import { lacks } from "../../support/requirement.ts";

const user = { name: "someone", password: "pass:word €" };
let daemon: TestDaemon;
let directory: string;

beforeAll(async () => {
  daemon = await startDaemon();
  directory = mkdtempSync(join(tmpdir(), "berth-images-"));
  await daemon.importBusybox();
});
afterAll(async () => {
  await daemon.dispose();
  rmSync(directory, { recursive: true });
});

const pull = async (image: string, credentials?: typeof user) =>
  progressLines(
    await daemon.request(
      "POST",
      `/images/create?fromImage=${encodeURIComponent(image)}&tag=`,
      undefined,
      authHeader(credentials),
    ),
  );
const push = async (image: string, tag: string, credentials?: typeof user) =>
  progressLines(await daemon.request("POST", `/images/${image}/push?tag=${tag}`, undefined, authHeader(credentials)));
/** Removes an image with all its names. */
const forget = (id: string) => daemon.call("DELETE", `/images/${id}?force=1`);
describe.skipIf(lacks("docker-registry", registryIsInstalled)).each([
  { name: "open", options: {}, credentials: undefined },
  { name: "with a password", options: { user }, credentials: user },
  { name: "with TLS", options: { tls: true }, credentials: undefined },
  { name: "with TLS and a password", options: { tls: true, user }, credentials: user },
])("a registry $name", ({ options, credentials }) => {
  let registry: TestRegistry;
  let repository: string;
  let digest: string;

  beforeAll(async () => {
    registry = await startRegistry(options);
    repository = `${registry.host}/a/busybox`;
    await daemon.importArchive(`${repository}:one`, archiveOf([{ name: "of", content: registry.host }]), ["CMD x"]);
  });
  afterAll(async () => registry.dispose());

  test("accepts a push", async () => {
    const found = await push(repository, "one", credentials);
    expect(found[0]?.status).toBe(`The push refers to repository [${repository}]`);
    expect(statusesOf(found)).toContainEqual(expect.stringMatching(/^[0-9a-f]{12}: Pushed$/));
    const { aux } = found.at(-1) ?? {};
    digest = aux?.Digest ?? "";
    expect(aux).toEqual({ Tag: "one", Digest: expect.stringMatching(/^sha256:/), Size: expect.any(Number) });
    expect(statusesOf(found)).toContain(`one: digest: ${digest} size: ${aux?.Size}`);
  });

  test("does not receive existing blobs again", async () => {
    expect(statusesOf(await push(repository, "one", credentials))).toContainEqual(
      expect.stringMatching(/Layer already exists$/),
    );
  });

  test("mounts blobs from another repository", async () => {
    const other = `${registry.host}/b/other`;
    await daemon.call("POST", `/images/${repository}:one/tag?repo=${other}&tag=two`);
    const found = statusesOf(await push(other, "two", credentials));
    expect(found).toContainEqual(expect.stringMatching(/^[0-9a-f]{12}: Mounted from a\/busybox$/));
  });

  test("serves pulls by tag, by digest and by both", async () => {
    const { Id } = inspected(await daemon.call("GET", `/images/${repository}:one/json`));
    for (const reference of [`${repository}:one`, `${repository}@${digest}`, `${repository}:one@${digest}`]) {
      await forget(Id);
      const found = statusesOf(await pull(reference, credentials));
      expect(found[0]).toMatch(/^(?:one|sha256:[0-9a-f]{64}): Pulling from a\/busybox$/);
      expect(found).toContainEqual(expect.stringMatching(/^[0-9a-f]{12}: Pull complete$/));
      expect(found.slice(-2)[0]).toBe(`Digest: ${digest}`);
      const image = inspected(await daemon.call("GET", `/images/${repository}@${digest}/json`));
      expect(image).toMatchObject({ Id, RepoDigests: [`${repository}@${digest}`] });
    }
    const again = statusesOf(await pull(`${repository}:one`, credentials));
    expect(again).toContainEqual(expect.stringMatching(/^[0-9a-f]{12}: Already exists$/));
    expect(again.at(-1)).toBe(`Status: Downloaded newer image for ${repository}:one`);
    expect(statusesOf(await pull(`${repository}:one`, credentials)).at(-1)).toBe(
      `Status: Image is up to date for ${repository}:one`,
    );
  });

  test("reports missing images", async () => {
    expect(await pull(`${repository}:nowhere`, credentials)).toEqual([
      { error: `manifest for ${repository}:nowhere not found: manifest unknown: manifest unknown` },
    ]);
    const missing = await daemon.request(
      "POST",
      `/images/create?fromImage=${repository}&tag=no`,
      undefined,
      authHeader(credentials),
    );
    expect(missing.status).toBe(404);
  });

  if (credentials === undefined) return;

  test("rejects unauthenticated requests", async () => {
    const path = `/images/create?fromImage=${encodeURIComponent(repository)}&tag=one`;
    const nobody = await daemon.request("POST", path);
    // Not 401: that is about the engine, and clients would ask for a login to it.
    expect([nobody.status, await nobody.json()]).toEqual([
      500,
      { message: `Head "${registry.url}/v2/a/busybox/manifests/one": no basic auth credentials` },
    ]);
    expect((await push(repository, "one")).at(-1)?.error).toBe("no basic auth credentials");
    expect((await push(repository, "one", { name: user.name, password: "wrong" })).at(-1)?.error).toBe(
      "unauthorized: authentication required",
    );
    const [wrong] = await pull(`${repository}:one`, { name: user.name, password: "wrong" });
    expect(wrong?.error).toBe("unauthorized: authentication required");
    const login = async (password: string) =>
      daemon.request("POST", "/auth", { username: user.name, password, serveraddress: registry.host });
    expect(await (await login(user.password)).json()).toEqual({ Status: "Login Succeeded", IdentityToken: "" });
    const refused = await login("wrong");
    expect(refused.status).toBe(401);
    expect(await refused.json()).toEqual({
      message: `login attempt to ${registry.url}/v2/ failed with status: 401 Unauthorized`,
    });
    expect(daemon.log).not.toContain(user.password);
  });

  test.skipIf(lacks("the docker command", dockerIsInstalled))(
    "reports rejected requests with Docker's command line",
    async () => {
      for (const line of [
        ["pull", `${repository}:one`],
        ["pull", "-a", repository],
        ["push", `${repository}:one`],
      ]) {
        const { code, stderr } = await daemon.docker(line);
        expect([code, stderr.trim()]).toEqual([1, expect.stringMatching(/no basic auth credentials$/)]);
      }
    },
  );

  test("is searched by its catalogue", async () => {
    const answer = await daemon.request(
      "GET",
      `/images/search?term=${registry.host}/busy`,
      undefined,
      authHeader(credentials),
    );
    expect(await answer.json()).toEqual([
      { name: repository, description: "", star_count: 0, is_official: false, is_automated: false },
    ]);
  });

  test("resolves a tag with the distribution API", async () => {
    const answer = await daemon.request(
      "GET",
      `/distribution/${repository}:one/json`,
      undefined,
      authHeader(credentials),
    );
    expect(await answer.json()).toMatchObject({
      Descriptor: { digest, mediaType: "application/vnd.docker.distribution.manifest.v2+json" },
      Platforms: [{ architecture: expect.any(String), os: "linux" }],
    });
  });

  test.skipIf(lacks("skopeo", Bun.which("skopeo") !== null))(
    "skopeo reads what was pushed, and what it copies is pulled",
    async () => {
      const access = credentials ? ["--creds", `${credentials.name}:${credentials.password}`] : [];
      const inspect = await mustRun([
        "skopeo",
        "inspect",
        "--tls-verify=false",
        ...access,
        `docker://${repository}:one`,
      ]);
      expect(JSON.parse(inspect).Digest).toBe(digest);
      await forget(inspected(await daemon.call("GET", `/images/${repository}:one/json`)).Id);
      const copy = ["skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"];
      const both = credentials ? ["--src-creds", access[1] ?? "", "--dest-creds", access[1] ?? ""] : [];
      const target = `${registry.host}/c/copied:oci`;
      await mustRun([...copy, ...both, "--format", "oci", `docker://${repository}:one`, `docker://${target}`]);
      expect(statusesOf(await pull(target, credentials)).at(-1)).toBe(`Status: Downloaded newer image for ${target}`);
    },
  );

  test.skipIf(lacks("the docker command", dockerIsInstalled))(
    "Docker's command line logs in, pulls and pushes",
    async () => {
      if (credentials) {
        const login = ["login", "-u", credentials.name, "--password-stdin", registry.host];
        expect(await daemon.docker(login, { input: credentials.password })).toMatchObject({ code: 0 });
        const file = readFileSync(join(daemon.directory, "client/config.json"), "utf8");
        expect(file).toContain(registry.host);
      }
      await pull(`${repository}:one`, credentials);
      expect(await daemon.docker(["push", "-q", `${repository}:one`])).toMatchObject({
        code: 0,
        stdout: `${repository}:one\n`,
      });
      await daemon.docker(["rmi", `${repository}:one`]);
      const pulled = await daemon.docker(["pull", `${repository}:one`]);
      expect(pulled).toMatchObject({ code: 0 });
      expect(pulled.stdout.split("\n").slice(-3)).toEqual([
        `Status: Downloaded newer image for ${repository}:one`,
        `${repository}:one`,
        "",
      ]);
      const all = await daemon.docker(["pull", "-a", "-q", repository]);
      expect(all).toMatchObject({ code: 0 });
    },
  );
});

test("unreachable registry", async () => {
  expect(await pull("127.0.0.1:9/x:y")).toEqual([
    { error: 'Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused' },
  ]);
  expect(await pull("registry.invalid/x:y")).toEqual([
    { error: 'Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid: no such host' },
  ]);
});

test("rejects an invalid reference without a request", async () => {
  expect(await pull("host.example/Case:y")).toEqual([
    { error: "invalid reference format: repository name (Case) must be lowercase" },
  ]);
  const answer = await daemon.request("POST", "/images/create?fromImage=a//b&tag=x");
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({ message: "invalid reference format" });
});

test("nothing to push", async () => {
  expect((await push("localhost/nothing", "x")).at(-1)?.error).toBe(
    "An image does not exist locally with the tag: localhost/nothing",
  );
  await daemon.call("POST", "/images/busybox/tag?repo=localhost/busybox&tag=here");
  expect((await push("localhost/busybox", "x")).at(-1)?.error).toBe("tag does not exist: localhost/busybox:x");
});

function inspected(value: unknown): { Id: string; RepoDigests: string[] } {
  if (typeof value === "object" && value !== null && "Id" in value && "RepoDigests" in value) {
    const { Id, RepoDigests } = value;
    if (typeof Id === "string" && Array.isArray(RepoDigests)) return { Id, RepoDigests };
  }
  throw new Error("not an image");
}
