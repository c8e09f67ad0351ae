// buildx features: bake, several outputs, history, cache, the remote driver.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildKit, hasBuildx } from "../../support/buildkit-clients.ts";
import type { CommandOptions } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { registryIsInstalled, startRegistry } from "../../support/registry.ts";
import { lacks } from "../../support/requirement.ts";

let daemon: TestDaemon;
let directory: string;
let plainSocket: string;

beforeAll(async () => {
  if (!hasBuildx) return;
  directory = mkdtempSync(join(tmpdir(), "berth-buildx-"));
  plainSocket = join(directory, "buildkit.sock");
  daemon = await startDaemon({
    arguments: ["--buildkit-host", `unix://${plainSocket}`],
    config: { builder: { entitlements: { "security-insecure": true } } },
  });
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

/** @throws when it fails */
async function buildx(argv: string[], options: CommandOptions = {}): Promise<{ stdout: string; stderr: string }> {
  const result = await buildKit("buildx", daemon, ["buildx", ...argv], options);
  if (result.code !== 0) throw new Error(result.stderr);
  return result;
}

const output = async (image: string, ...argv: string[]): Promise<string> =>
  (await daemon.berth(["run", "--rm", "--network", "none", image, ...argv])).stdout;

/** A directory with a Dockerfile. */
function contextOf(dockerfile: string): string {
  const context = mkdtempSync(join(directory, "context-"));
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  return context;
}

describe.skipIf(lacks("docker-buildx", hasBuildx))("buildx", () => {
  test("bake builds targets based on others, and a matrix", async () => {
    const context = contextOf("");
    writeFileSync(
      join(context, "docker-bake.hcl"),
      `group "default" { targets = ["app", "word"] }
target "base" { dockerfile-inline = "FROM busybox\\nRUN echo base > /base\\n" }
target "app" {
  contexts = { base = "target:base" }
  dockerfile-inline = "FROM base\\nRUN cat /base > /app\\n"
  tags = ["app"]
}
target "word" {
  name = "word-\${word}"
  matrix = { word = ["one", "two"] }
  dockerfile-inline = "FROM busybox\\nARG WORD\\nRUN echo $WORD > /word\\n"
  args = { WORD = word }
  tags = ["word:\${word}"]
}
`,
    );
    await buildx(["bake"], { cwd: context });
    expect(await output("app", "cat", "/app")).toBe("base\n");
    expect(await output("word:one", "cat", "/word")).toBe("one\n");
    expect(await output("word:two", "cat", "/word")).toBe("two\n");
  });

  test("named contexts: a directory and an image", async () => {
    const other = contextOf("the other directory\n");
    const context = contextOf("FROM base\nCOPY --from=other Dockerfile /other\n");
    const contexts = ["--build-context", `other=${other}`, "--build-context", "base=docker-image://busybox"];
    await buildx(["build", "-t", "contexts", ...contexts, context]);
    expect(await output("contexts", "cat", "/other")).toBe("the other directory\n");
  });

  test("two outputs at once, and a metadata file", async () => {
    const context = contextOf("FROM busybox\nRUN echo x > /x\n");
    const [destination, metadata] = [join(directory, "two"), join(directory, "metadata.json")];
    const outputs = ["-o", `type=local,dest=${destination}`, "-o", "type=docker,name=two"];
    await buildx(["build", ...outputs, "--metadata-file", metadata, context]);
    expect(readFileSync(join(destination, "x"), "utf8")).toBe("x\n");
    expect(await output("two", "cat", "/x")).toBe("x\n");
    expect(JSON.parse(readFileSync(metadata, "utf8"))).toMatchObject({
      "containerimage.digest": expect.stringMatching(/^sha256:/),
    });
  });

  test.skipIf(lacks("docker-registry", registryIsInstalled))("--push pushes the image", async () => {
    await using registry = await startRegistry();
    const name = `${registry.host}/pushed:1`;
    await buildx(["build", "--push", "-t", name, contextOf("FROM busybox\nENV A=pushed\n")]);
    const answer = await fetch(`http://${registry.host}/v2/pushed/tags/list`);
    expect(await answer.json()).toMatchObject({ tags: ["1"] });
  });

  test("the metadata file has the provenance, unless it is turned off", async () => {
    const context = contextOf("FROM busybox\nARG V\nRUN echo $V > /v\n");
    const metadata = join(directory, "provenance.json");
    await buildx(["build", "--build-arg", "V=7", "--metadata-file", metadata, context]);
    const { invocation } = JSON.parse(readFileSync(metadata, "utf8"))["buildx.build.provenance"];
    expect(invocation.parameters).toMatchObject({ frontend: "dockerfile.v0", args: { "build-arg:V": "7" } });
    const disabled = { env: { BUILDX_METADATA_PROVENANCE: "disabled" } };
    await buildx(["build", "--metadata-file", metadata, context], disabled);
    expect(readFileSync(metadata, "utf8")).not.toContain("provenance");
  });

  test("the history lists builds, shows their output, and forgets them", async () => {
    const context = contextOf("FROM busybox\nRUN echo written-in-history\n");
    const metadata = join(directory, "history.json");
    await buildx(["build", "--metadata-file", metadata, context]);
    const ref = /([^/]+)$/.exec(JSON.parse(readFileSync(metadata, "utf8"))["buildx.build.ref"])?.[1] ?? "";
    expect((await buildx(["history", "ls"])).stdout).toContain(ref);
    expect((await buildx(["history", "inspect", ref])).stdout).toMatch(/Build Steps:\s+(\d+)\/\1 /);
    const { stdout, stderr } = await buildx(["history", "logs", ref]);
    expect(stdout + stderr).toContain("written-in-history");
    await daemon.crashAndRestart();
    expect((await buildx(["history", "ls"])).stdout).toContain(ref);
    await buildx(["history", "rm", ref]);
    expect((await buildx(["history", "ls"])).stdout).not.toContain(ref);
  });

  test("inspect shows the platform; du and prune handle the cache", async () => {
    expect((await buildx(["inspect"])).stdout).toMatch(/Platforms:\s+linux\//);
    await buildx([
      "build",
      contextOf("FROM busybox\nRUN --mount=type=cache,target=/c dd if=/dev/zero of=/c/x bs=1k count=64\n"),
    ]);
    expect((await buildx(["du"])).stdout).toMatch(/Total:\s+[1-9]/);
    await buildx(["prune", "--all", "--force"]);
    expect((await buildx(["du"])).stdout).toMatch(/Total:\s+0B/);
  });

  test("host-gateway resolves to an address of the engine", async () => {
    const context = contextOf("FROM busybox\nRUN grep gate /etc/hosts > /found\n");
    await buildx(["build", "-t", "gateway", "--add-host", "gate:host-gateway", context]);
    expect(await output("gateway", "cat", "/found")).toContain(daemon.gateway);
  });

  test("an unknown request fails instead of building", async () => {
    const context = contextOf("FROM busybox\nRUN touch /made\n");
    const { code } = await buildKit("buildx", daemon, ["buildx", "build", "--call=nonsense", context]);
    expect(code).not.toBe(0);
  });

  test("buildx rejects what requires a containerd image store", async () => {
    const context = contextOf("FROM busybox\n");
    const result = await buildKit("buildx", daemon, [
      "buildx",
      "build",
      "-o",
      `type=oci,dest=${directory}/x.tar`,
      context,
    ]);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain("OCI exporter is not supported for the docker driver");
    expect(existsSync(join(directory, "x.tar"))).toBe(false);
  });

  test("entitlements: runs allowed steps, fails the build of others", async () => {
    const context = contextOf(`FROM busybox
RUN --security=insecure mkdir /m && mount -t tmpfs t /m
RUN --network=host wc -l < /proc/net/unix > /sockets
RUN wc -l < /proc/net/unix > /own-sockets
`);
    const [insecure, host] = ["--allow=security.insecure", "--allow=network.host"];
    await expect(buildx(["build", host, context])).rejects.toThrow("security.insecure is not allowed");
    await expect(buildx(["build", insecure, context])).rejects.toThrow("network.host is not allowed");
    await buildx(["build", insecure, host, "-t", "entitled", context]);
    // The host's network has the sockets of this test's daemon at least.
    const [sockets = 0, own = 0] = (await output("entitled", "cat", "/sockets", "/own-sockets"))
      .split("\n")
      .map(Number);
    expect(sockets).toBeGreaterThan(own);
  });

  test("the remote driver builds through the plain socket", async () => {
    await buildx(["create", "--name", "plain", "--driver", "remote", `unix://${plainSocket}`]);
    const context = contextOf("FROM busybox\nCOPY Dockerfile /d\n");
    await buildx(["build", "--builder", "plain", "-o", "type=image,name=remote", context]);
    expect(await output("remote", "cat", "/d")).toContain("COPY Dockerfile /d");
    if (!registryIsInstalled) return;
    await using registry = await startRegistry();
    const name = `${registry.host}/pushed:1`;
    await buildx(["build", "--builder", "plain", "--push", "-t", name, context]);
    const manifest = await fetch(`${registry.url}/v2/pushed/manifests/1`);
    expect(manifest.status).toBe(200);
  });

  test("four concurrent builds, and many in a row", async () => {
    const contexts = [1, 2, 3, 4].map((number) => contextOf(`FROM busybox\nRUN echo ${number} > /n\n`));
    await Promise.all(contexts.map((context, index) => buildx(["build", "-t", `at-once:${index}`, context])));
    expect(await output("at-once:3", "cat", "/n")).toBe("4\n");
    for (let count = 0; count < 10; count++) await buildx(["build", contexts[0] ?? ""]);
  });
});
