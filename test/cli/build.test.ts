// `berth build` where it cannot be compared with Docker's command: at a terminal, with secrets, with registries, and
// its error messages.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CommandResult, eventually, mustRun } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { sharedBusyboxArchive } from "../support/images.ts";
import { publishImage } from "../support/publish.ts";
import { registryIsInstalled, startRegistry } from "../support/registry.ts";
import { lacks } from "../support/requirement.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

const context = (...names: string[]): string => join(daemon.directory, "context", ...names);

beforeEach(() => {
  rmSync(context(), { recursive: true, force: true });
  mkdirSync(context());
});

function write(files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(context(name)), { recursive: true });
    writeFileSync(context(name), content);
  }
}

const build = (...words: string[]): Promise<CommandResult> =>
  daemon.berth(["build", ...words, context()], { cwd: daemon.directory });

async function leftContainers(): Promise<string> {
  const { stdout } = await daemon.berth(["ps", "-aq"]);
  return stdout;
}

describe("at a terminal", () => {
  test("Ctrl-C cancels a build and leaves no container behind", async () => {
    write({ Dockerfile: "FROM busybox\nRUN echo begun; sleep 1000\n" });
    await using terminal = daemon.terminal("berth", ["build", context()]);
    await terminal.expect("\nbegun\r\n");
    expect(await leftContainers()).not.toBe("");
    terminal.type("\x03");
    expect(await terminal.exited()).toBe(130);
    await eventually("nothing to be left", async () => (await leftContainers()) === "");
  });

  test("suggests a command when the Dockerfile is missing", async () => {
    await using terminal = daemon.terminal("berth", ["build", context()]);
    await terminal.expect(/Dockerfile: no such file or directory\r\n.*build -f FILE/s);
    expect(await terminal.exited()).toBe(1);
  });
});

test("uploads a large context completely", async () => {
  const block = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => (index * 7919) % 251));
  const large = Buffer.concat(Array.from({ length: 48 }, () => block));
  write({ large, Dockerfile: "FROM busybox\nCOPY . /files\nRUN sha256sum /files/large; ls /files/many | wc -l\n" });
  for (let index = 0; index < 3000; index++) write({ [`many/${index}`]: String(index) });
  const { code, stdout } = await build("--no-cache");
  expect(code).toBe(0);
  expect(stdout).toContain(new Bun.CryptoHasher("sha256").update(large).digest("hex"));
  expect(stdout).toContain("\n3000\n");
});

test("applies the Dockerfile's own .dockerignore", async () => {
  write({
    "web.Dockerfile": "FROM busybox\nCOPY . /files/\nRUN ls -A /files\n",
    "web.Dockerfile.dockerignore": "*\n!a",
  });
  write({ a: "a", b: "b", ".dockerignore": "a" });
  const { code, stdout } = await build("-f", context("web.Dockerfile"));
  expect(code).toBe(0);
  expect(stdout).toMatch(/\n ---> Running in [0-9a-f]{12}\na\n/);
});

test("a secret is visible only in the step that mounts it", async () => {
  write({
    Dockerfile: [
      "FROM busybox",
      "RUN --mount=type=secret,id=token cat /run/secrets/token",
      "RUN ls /run/secrets 2>/dev/null || echo nothing",
    ].join("\n"),
    token: "sesame",
    ".dockerignore": "token",
  });
  const { code, stdout } = await build("-t", "secretive", "--secret", `id=token,src=${context("token")}`);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/sesame[\s\S]*\nnothing\n/) });
  const history = await daemon.berth(["history", "--no-trunc", "secretive"]);
  const details = await daemon.berth(["inspect", "secretive"]);
  expect(history.stdout + details.stdout).not.toContain("sesame");
});

test("a step's cache mount counts as build cache and is pruned", async () => {
  write({ Dockerfile: "FROM busybox\nRUN --mount=type=cache,target=/kept head -c 5000 /dev/zero > /kept/file\n" });
  expect(await build("--no-cache")).toMatchObject({ code: 0 });
  const usage = await daemon.berth([
    "system",
    "df",
    "--format",
    "{{.Type}} {{.TotalCount}} {{.Size}} {{.Reclaimable}}",
  ]);
  expect(usage.stdout).toContain("Build Cache 1 5kB 5kB\n");
  const shown = await daemon.berth(["builder", "prune", "--dry-run"]);
  expect(shown.stdout).toStartWith("Would remove 1 build cache object:\n");
  const { stdout } = await daemon.berth(["builder", "prune", "-f"]);
  expect(stdout).toMatch(/^Deleted build cache objects:\n\w+\n\nTotal reclaimed space: 5kB\n$/);
  const after = await daemon.berth(["system", "df", "--format", "{{.Type}} {{.Size}}"]);
  expect(after.stdout).toContain("Build Cache 0B\n");
});

test("exports an image's files to a directory and as an archive", async () => {
  write({ Dockerfile: "FROM busybox AS made\nRUN echo built > /app\nFROM scratch\nCOPY --from=made /app /out/app\n" });
  expect(await build("-o", "files")).toMatchObject({ code: 0, stderr: "" });
  const files = await mustRun(["find", ".", "-type", "f"], { cwd: join(daemon.directory, "files") });
  expect(files).toBe("./out/app\n");
  expect(await mustRun(["ls", join(daemon.directory, "files")])).toBe("out\n");
  expect(await build("-q", "-o", "type=tar,dest=files.tar")).toMatchObject({ code: 0, stderr: "" });
  const archive = ["tar", "--extract", "--to-stdout", `--file=${join(daemon.directory, "files.tar")}`, "out/app"];
  expect(await mustRun(archive)).toBe("built\n");
  const { stdout, stderr } = await build("-o", "-");
  expect(stderr).toContain("Successfully built");
  expect(stdout).toContain("out/app");
  expect(await leftContainers()).toBe("");
});

test("an interrupted download fails the build with an error", async () => {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nFROM busybox\n`);
      },
    },
  });
  const before = await daemon.berth(["images", "-aq"]);
  const { code, stderr } = await daemon.berth(["build", `http://127.0.0.1:${server.port}/context`]);
  server.stop(true);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("/context: unexpected EOF") });
  expect((await daemon.berth(["images", "-aq"])).stdout).toBe(before.stdout);
});

describe.skipIf(lacks("docker-registry", registryIsInstalled))("registries that require a login", () => {
  test("pull the base image and push the result", async () => {
    await using registry = await startRegistry({ user: { name: "anna", password: "password" } });
    const layers = [await sharedBusyboxArchive()];
    await publishImage(registry.url, "base", "latest", { layers, credentials: "anna:password" });
    write({ Dockerfile: `FROM ${registry.host}/base\nRUN echo built > /made\nCMD ["cat", "/made"]\n` });
    const made = `${registry.host}/made:1`;
    const refused = await build();
    expect({ code: refused.code, said: refused.stderr }).toEqual({
      code: 1,
      said: expect.stringContaining("credentials"),
    });
    await daemon.berth(["login", "-u", "anna", "-p", "password", registry.host]);
    expect(await build("-q", "-t", made, "--push")).toMatchObject({ code: 0, stderr: "" });
    await daemon.berth(["rmi", "-f", made]);
    expect((await daemon.berth(["run", "--rm", made])).stdout).toBe("built\n");
    await daemon.berth(["logout", registry.host]);
  });
});
