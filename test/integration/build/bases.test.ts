// Base images: local, from registries, with credentials, per platform.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { build, inImage, mustBuild } from "../../support/build.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { registryIsInstalled, startRegistry, type TestRegistry } from "../../support/registry.ts";
import { lacks } from "../../support/requirement.ts";

const credentials = { name: "me", password: "secret" };
let daemon: TestDaemon;
let registry: TestRegistry;
let base: string;

beforeAll(async () => {
  if (!registryIsInstalled) return;
  registry = await startRegistry({ user: credentials });
  daemon = await startDaemon();
  await daemon.importBusybox();
  base = `${registry.host}/base`;
  const auth = { username: credentials.name, password: credentials.password };
  await mustBuild(daemon, { Dockerfile: "FROM busybox\nRUN echo pushed > /pushed\n" }, { query: { t: base } });
  const header = { "X-Registry-Auth": Buffer.from(JSON.stringify(auth)).toString("base64url") };
  const pushed = await daemon.request("POST", `/images/${base}/push?tag=latest`, undefined, header);
  expect(await pushed.text()).not.toContain("errorDetail");
});
afterAll(async () => {
  await daemon?.dispose();
  await registry?.dispose();
});

/** The header with which clients tell of all registries they know. */
const known = (): Record<string, string> => {
  const { name: username, password } = credentials;
  const all = { [registry.host]: { username, password }, "https://index.docker.io/v1/": {} };
  return { "X-Registry-Config": Buffer.from(JSON.stringify(all)).toString("base64url") };
};

test.skipIf(lacks("docker-registry", registryIsInstalled))(
  "one that is not here is pulled, with the registry's credentials",
  async () => {
    await daemon.call("DELETE", `/images/${base}?force=1`);
    const files = { Dockerfile: `FROM ${base}\nRUN cat /pushed\n` };
    const refused = await build(daemon, files);
    expect(refused.error).toMatch(/unauthorized|no basic auth|denied|authentication required/);
    const { output, error, lines } = await build(daemon, files, { headers: known() });
    expect(error).toBe("");
    expect(output).toContain("pushed\n");
    expect(lines.some(({ status = "" }) => status.startsWith("Pulling from"))).toBe(true);
  },
);

test.skipIf(lacks("docker-registry", registryIsInstalled))(
  "so is one that files are copied from, or that a mount shows",
  async () => {
    await daemon.call("DELETE", `/images/${base}?force=1`).catch(() => {});
    const dockerfile = `FROM busybox\nCOPY --from=${base} /pushed /copied\nRUN --mount=from=${base},target=/m cat /m/pushed\n`;
    const { id, output, error } = await build(daemon, { Dockerfile: dockerfile }, { headers: known() });
    expect(error).toBe("");
    expect(output).toContain("pushed\n");
    expect(await inImage(daemon, id, "cat /copied")).toBe("pushed\n");
  },
);

test.skipIf(lacks("docker-registry", registryIsInstalled))(
  "a newer one is looked for when that is wanted",
  async () => {
    const files = { Dockerfile: `FROM ${base}\nLABEL a=b\n` };
    await mustBuild(daemon, files, { headers: known() });
    await daemon.call("POST", `/images/busybox/tag?repo=${base}`);
    const kept = await mustBuild(daemon, files, { headers: known() });
    expect((await daemon.docker(["run", "--rm", kept, "test", "-e", "/pushed"])).code).toBe(1);
    const pulled = await build(daemon, files, { headers: known(), query: { pull: "1" } });
    expect(pulled.error).toBe("");
    expect(await inImage(daemon, pulled.id, "cat /pushed")).toBe("pushed\n");
  },
);

test.skipIf(lacks("docker-registry", registryIsInstalled))(
  "an image made from nothing is of the platform that is asked for",
  async () => {
    const files = { Dockerfile: "FROM --platform=$TARGETPLATFORM scratch\nCOPY f /\n", f: "f" };
    const architectureOf = async (platform: string): Promise<unknown> =>
      daemon.call("GET", `/images/${await mustBuild(daemon, files, { query: { platform } })}/json`);
    expect(await architectureOf("linux/s390x")).toMatchObject({ Os: "linux", Architecture: "s390x" });
    expect(await architectureOf("linux/arm/v7")).toMatchObject({ Architecture: "arm", Variant: "v7" });
  },
);
