// Builds by real BuildKit clients: buildx, and Debian's command with its built-in client.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type BuildKitClient, buildKit, buildKitClients, hasBuildx } from "../../support/buildkit-clients.ts";
import { type CommandOptions, command, mustRun } from "../../support/command.ts";
import { type ContextServer, gitIsInstalled, startContextServer } from "../../support/contexts.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { lacks } from "../../support/requirement.ts";

let daemon: TestDaemon;
let server: ContextServer;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-buildkit-"));
  server = await startContextServer();
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  await server?.dispose();
  rmSync(directory, { recursive: true, force: true });
});

/** A new context of these files. */
function contextOf(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(directory, "context-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const output = async (image: string, ...argv: string[]): Promise<string> =>
  (await daemon.berth(["run", "--rm", "--network", "none", image, ...argv])).stdout;

/** Builds, and answers what the client printed of it. @throws when the build fails */
async function built(client: BuildKitClient, argv: string[], options: CommandOptions = {}): Promise<string> {
  const { code, stderr } = await buildKit(client, daemon, ["build", ...argv], options);
  if (code !== 0) throw new Error(stderr);
  return stderr;
}

describe.each([...buildKitClients])("%s", (client) => {
  test("builds an image into the engine, and leaves no container", async () => {
    const context = contextOf({
      Dockerfile: "FROM busybox\nCOPY . /files/\nRUN echo made > /made\n",
      "a/b": "content\n",
      "name with ü": "",
    });
    await built(client, ["-t", "built", context]);
    expect(await output("built", "sh", "-c", "cat /made /files/a/b; cd /files; echo *")).toBe(
      "made\ncontent\nDockerfile a name with ü\n",
    );
    expect((await daemon.berth(["ps", "-aq"])).stdout).toBe("");
  });

  test("shows the output of steps, and CACHED when they are not run again", async () => {
    const context = contextOf({ Dockerfile: `FROM busybox\nRUN echo from-${client.length}-step\n` });
    expect(await built(client, [context])).toContain(`from-${client.length}-step`);
    expect(await built(client, [context])).toMatch(/^#\d+ CACHED$/m);
  });

  test("a failed step reports its command and status", async () => {
    const context = contextOf({ Dockerfile: "FROM busybox\nRUN echo before; exit 3\nRUN true\n" });
    const { code, stderr } = await buildKit(client, daemon, ["build", context]);
    expect(code).toBe(1);
    expect(stderr).toContain("before; exit 3");
    expect(stderr).toMatch(/did not complete successfully: exit code: 3/);
    if (client === "buildx") expect(stderr).toContain("   2 | >>> RUN echo before; exit 3\n");
  });

  test("arguments, labels, the target and the network", async () => {
    const context = contextOf({
      Dockerfile: `FROM busybox AS one
ARG WORD
RUN echo $WORD > /word; ls /sys/class/net > /net; grep -c 192.0.2.7 /etc/hosts > /hosts
FROM one AS two
RUN exit 1
`,
    });
    const hosts = ["--add-host", "somewhere:192.0.2.7"];
    const flags = ["--build-arg", "WORD=hello", "--label", "k=v", "--target", "one", "--network", "none", ...hosts];
    await built(client, ["-t", "flagged", ...flags, context]);
    expect(await output("flagged", "cat", "/word", "/net", "/hosts")).toBe("hello\nlo\n1\n");
    expect((await daemon.berth(["inspect", "-f", "{{.Config.Labels.k}}", "flagged"])).stdout).toBe("v\n");
  });

  test("secrets from files and variables leave no trace", async () => {
    const word = `secret-${crypto.randomUUID()}`;
    const context = contextOf({
      Dockerfile: `FROM busybox
RUN --mount=type=secret,id=file wc -c < /run/secrets/file > /length
RUN --mount=type=secret,id=absent test ! -e /run/secrets/absent
`,
    });
    const file = join(directory, "secret");
    writeFileSync(file, word);
    await built(client, ["-t", "secret", "--secret", `id=file,src=${file}`, context]);
    expect(await output("secret", "cat", "/length")).toBe(`${word.length}\n`);
    const found = await command(["grep", "-rlaF", word, daemon.dataRoot, daemon.logPath]);
    expect(found.stdout).toBe("");
  });

  test("a required secret that is absent fails the build", async () => {
    const context = contextOf({ Dockerfile: "FROM busybox\nRUN --mount=type=secret,id=x,required=true true\n" });
    const { code, stderr } = await buildKit(client, daemon, ["build", context]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("secret x: not found") });
  });

  test("the Dockerfile from standard input, with a context", async () => {
    const context = contextOf({ f: "from the context\n" });
    await built(client, ["-t", "stdin", "-f", "-", context], { input: "FROM busybox\nCOPY f /f\n" });
    expect(await output("stdin", "cat", "/f")).toBe("from the context\n");
  });

  test("the Dockerfile alone, or an archive, from standard input", async () => {
    await built(client, ["-t", "alone", "-"], { input: "FROM busybox\nRUN echo alone > /f\n" });
    expect(await output("alone", "cat", "/f")).toBe("alone\n");
    const context = contextOf({ Dockerfile: "FROM busybox\nCOPY f /f\n", f: "packed\n" });
    const archive = Buffer.from(await new Response(Bun.spawn(["tar", "-C", context, "-c", "."]).stdout).arrayBuffer());
    await built(client, ["-t", "packed", "-"], { input: new Uint8Array(archive) });
    expect(await output("packed", "cat", "/f")).toBe("packed\n");
  });

  test("NAME.dockerignore comes before .dockerignore", async () => {
    const context = contextOf({
      "sub/Other": "FROM busybox\nCOPY . /files/\n",
      "sub/Other.dockerignore": "b\nsub\n",
      ".dockerignore": "a\n",
      a: "",
      b: "",
    });
    await built(client, ["-t", "ignored", "-f", join(context, "sub/Other"), context]);
    expect(await output("ignored", "ls", "/files")).toBe("a\n");
  });

  test("an archive behind a URL", async () => {
    await built(client, ["-t", "fetched", `http://${server.host}/context.tar.gz`]);
    expect(await output("fetched", "ls", "/files")).toContain("Dockerfile");
  });

  test.skipIf(lacks("git", gitIsInstalled))("a directory of a branch of a repository", async () => {
    const context = `http://${server.host}/repository.git#branch:sub`;
    await built(client, ["-t", "cloned", context]);
    expect(await output("cloned", "ls", "/files")).toBe("Dockerfile\n");
  });

  test.skipIf(lacks("git", gitIsInstalled))("a directory outside of a repository is refused", async () => {
    const context = `http://${server.host}/repository.git#branch:../..`;
    const { code, stderr } = await buildKit(client, daemon, ["build", context]);
    expect(code).toBe(1);
    expect(stderr).toContain('subdir "../.." is not a directory of the repository');
  });

  test("a directory and an archive of the result, instead of an image", async () => {
    const context = contextOf({ Dockerfile: "FROM scratch\nCOPY d /d/\n", "d/f": "exported\n", "d/e": "" });
    const destination = mkdtempSync(join(directory, "out-"));
    await built(client, ["-o", destination, context]);
    expect(readFileSync(join(destination, "d/f"), "utf8")).toBe("exported\n");
    expect(readdirSync(join(destination, "d")).sort()).toEqual(["e", "f"]);
    const { stdout } = await buildKit(client, daemon, ["build", "-o", "-", context]);
    const archive = join(directory, "archive.tar");
    writeFileSync(archive, stdout, "latin1");
    expect(await mustRun(["tar", "-tf", archive])).toContain("d/f");
  });

  test("a named file of the image's ID", async () => {
    const context = contextOf({ Dockerfile: "FROM busybox\nENV A=1\n" });
    const path = join(directory, "iid");
    await built(client, ["-t", "identified", "--iidfile", path, context]);
    const { stdout } = await daemon.berth(["inspect", "-f", "{{.Id}}", "identified"]);
    expect(readFileSync(path, "utf8").trim()).toBe(stdout.trim());
  });

  test("--no-cache runs the steps again", async () => {
    const context = contextOf({ Dockerfile: "FROM busybox\nRUN echo again\n" });
    await built(client, [context]);
    expect(await built(client, ["--no-cache", context])).toMatch(/^#\d+ [\d.]+ again$/m);
  });

  test("transfers only changed files again", async () => {
    const context = contextOf({
      Dockerfile: "FROM busybox\nCOPY . /files/\n",
      large: "x".repeat(3_000_000),
      small: "1",
    });
    await built(client, ["-t", "kept", context]);
    writeFileSync(join(context, "small"), "2");
    rmSync(join(context, "large"));
    writeFileSync(join(context, "new"), "n");
    await built(client, ["-t", "kept", context]);
    expect(await output("kept", "sh", "-c", "cd /files; echo *; cat small")).toBe("Dockerfile new small\n2");
  });
});

test.skipIf(lacks("docker-buildx", hasBuildx))("buildx uses its docker driver", async () => {
  const { stdout } = await buildKit("buildx", daemon, ["buildx", "ls"]);
  expect(stdout).toMatch(/^default\*\s+docker\s/m);
});
