// Remote engines: by ssh through a real sshd, and by contexts shared with Docker's command line.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandOptions, command, mustRun } from "../support/command.ts";
import { berthCommand, dockerIsCurrent, dockerIsInstalled, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { lacks } from "../support/requirement.ts";
import { SshServer, sshIsInstalled } from "../support/ssh-server.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

describe.skipIf(lacks("sshd", sshIsInstalled))("ssh", () => {
  const server = new SshServer();
  const berthScript = `exec ${berthCommand.join(" ")} "$@"`;

  beforeAll(async () => {
    mkdirSync(temporary);
    await server.start({ berth: berthScript, docker: berthScript });
  });
  afterAll(() => server.dispose());

  /** Where the client makes its tunnels. */
  const temporary = join(server.directory, "tmp");

  const berth = (argv: string[], options: CommandOptions = {}) =>
    command([...berthCommand, "-H", `ssh://far${daemon.socket}`, ...argv], {
      ...options,
      env: {
        PATH: `${server.clientPath}:${process.env.PATH}`,
        TMPDIR: temporary,
        DOCKER_HOST: "",
        DOCKER_CONFIG: daemon.directory,
      },
    });

  test("plain commands", async () => {
    expect(await berth(["images", "--format", "{{.Repository}}"])).toMatchObject({ code: 0, stdout: "busybox\n" });
  });

  test("streams are byte-exact and pass on the end of input", async () => {
    const input = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    const digest = new Bun.CryptoHasher("sha256").update(input).digest("hex");
    const { stdout } = await berth(["run", "-i", "--rm", "busybox", "sha256sum"], { input });
    expect(stdout).toStartWith(digest);
  });

  test("exit codes and errors", async () => {
    expect((await berth(["run", "--rm", "busybox", "sh", "-c", "exit 5"])).code).toBe(5);
    expect(await berth(["inspect", "nosuch"])).toMatchObject({ code: 1, stderr: "Error: No such object: nosuch\n" });
  });

  test.skipIf(lacks("a current docker command", dockerIsCurrent))(
    "Docker's command line works with Berth's dial-stdio",
    async () => {
      const env = { PATH: `${server.clientPath}:${process.env.PATH}`, DOCKER_HOST: `ssh://far${daemon.socket}` };
      const { stdout } = await command(["docker", "images", "--format", "{{.Repository}}"], { env });
      expect(stdout).toBe("busybox\n");
    },
  );

  test("reports why a host has no engine", async () => {
    const { stderr, code } = await command([...berthCommand, "-H", "ssh://far/nosuch.sock", "ps"], {
      env: { PATH: `${server.clientPath}:${process.env.PATH}` },
    });
    expect(code).toBe(1);
    expect(stderr).toContain("has exited with exit status 1");
    expect(stderr).toContain("Cannot connect to the Docker daemon at unix:///nosuch.sock");
  });

  test("leaves no tunnel behind", () => {
    expect(readdirSync(temporary)).toEqual([]);
  });
});

test("uses the proxy from the environment, except for loopback", async () => {
  const asked: string[] = [];
  await using proxy = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch({ url }) {
      asked.push(url);
      return new Response(null, { status: 502, statusText: "Bad Gateway" });
    },
  });
  const run = (host: string) =>
    command([...berthCommand, "-H", host, "ps"], {
      env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, http_proxy: "", NO_PROXY: "", no_proxy: "" },
    });
  expect(await run("tcp://192.0.2.1:2375")).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "request returned 502 Bad Gateway for API route and version http://192.0.2.1:2375/v1.51/containers/json, check if the server supports the requested API version\n",
  });
  expect((await run("tcp://127.0.0.1:1")).stderr).toStartWith(
    "Cannot connect to the Docker daemon at tcp://127.0.0.1:1.",
  );
  expect(asked).toHaveLength(1);
});

describe("contexts", () => {
  const config = () => join(daemon.directory, "contexts-test");
  const env = () => ({ DOCKER_HOST: "", BERTH_HOST: "", DOCKER_CONTEXT: "", DOCKER_CONFIG: config() });
  const berth = (...argv: string[]) => command([...berthCommand, ...argv], { env: env() });

  beforeAll(() => mkdirSync(config(), { recursive: true }));
  afterAll(() => rmSync(config(), { recursive: true, force: true }));

  test("created, used, updated, removed", async () => {
    const host = `unix://${daemon.socket}`;
    expect(await berth("context", "create", "here", "--description", "this one", "--docker", `host=${host}`)).toEqual({
      code: 0,
      stdout: "here\n",
      stderr: 'Successfully created context "here"\n',
    });
    expect((await berth("--context", "here", "images", "-q")).stdout).toHaveLength(13);
    await berth("context", "use", "here");
    expect((await berth("context", "show")).stdout).toBe("here\n");
    expect((await berth("images", "-q")).stdout).toHaveLength(13);
    expect((await berth("context", "rm", "here")).stderr).toBe(
      'context "here" is in use, set -f flag to force remove\n',
    );
    await berth("context", "update", "here", "--docker", "host=unix:///nosuch");
    expect((await berth("ps")).stderr).toStartWith("Cannot connect to the Docker daemon at unix:///nosuch.");
    expect((await berth("context", "rm", "-f", "here")).stdout).toBe("here\n");
    expect((await berth("context", "show")).stdout).toBe("default\n");
  });

  test("preserves other keys in config.json", async () => {
    writeFileSync(join(config(), "config.json"), '{"auths":{"x":{"auth":"YTpi"}},"unknown":[1]}');
    await berth("context", "create", "other", "--docker", "host=unix:///x");
    await berth("context", "use", "other");
    await berth("context", "use", "default");
    expect(JSON.parse(readFileSync(join(config(), "config.json"), "utf8"))).toEqual({
      auths: { x: { auth: "YTpi" } },
      unknown: [1],
    });
  });

  test("does not overwrite an invalid config.json", async () => {
    const file = join(config(), "config.json");
    const broken = '{"auths":{"x":{"auth":"YTpi"}},}';
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, broken);
    const { code, stderr } = await berth("context", "use", "other");
    expect(code).toBe(1);
    expect(stderr).toContain(`Error parsing config file (${file})`);
    expect(readFileSync(file, "utf8")).toBe(broken);
    writeFileSync(file, whole);
  });

  test("exported and imported", async () => {
    const file = join(config(), "other.tar");
    await berth("context", "export", "other", file);
    expect((await berth("context", "import", "copy", file)).stdout).toBe("copy\n");
    const { stdout } = await berth("context", "inspect", "copy", "-f", "{{.Endpoints.docker.Host}}");
    expect(stdout).toBe("unix:///x\n");
  });

  test.skipIf(lacks("the docker command", dockerIsInstalled))("are the same for both command lines", async () => {
    const list = ["context", "ls", "--format", "{{.Name}} {{.DockerEndpoint}}"];
    const docker = await command(["docker", ...list], { env: env() });
    const ours = await berth(...list);
    const named = (text: string) => text.split("\n").filter((line) => !line.startsWith("default"));
    expect(named(ours.stdout)).toEqual(named(docker.stdout));
  });

  test.skipIf(lacks("the docker command", dockerIsInstalled))(
    "can be exported and imported across both command lines",
    async () => {
      const docker = (...argv: string[]) => command(["docker", ...argv], { env: env() });
      const material = join(config(), "material");
      mkdirSync(material);
      const made = ["-keyout", join(material, "key.pem"), "-out", join(material, "cert.pem"), "-subj", "/CN=far"];
      await mustRun([..."openssl req -x509 -newkey rsa:2048 -nodes -days 2".split(" "), ...made]);
      copyFileSync(join(material, "cert.pem"), join(material, "ca.pem"));
      const key = readFileSync(join(material, "key.pem"), "utf8");
      const files = ["ca", "cert", "key"].map((name) => `${name}=${join(material, `${name}.pem`)}`).join(",");
      const endpoint = ["--description", "safe", "--docker", `host=tcp://far:2376,${files}`];
      for (const [make, take, name] of [
        [docker, berth, "from-docker"],
        [berth, docker, "from-berth"],
      ] as const) {
        const archive = join(config(), `${name}.tar`);
        await make("context", "create", name, ...endpoint);
        await make("context", "export", name, archive);
        expect(await take("context", "import", `${name}-2`, archive)).toMatchObject({ code: 0, stdout: `${name}-2\n` });
        for (const show of [docker, berth]) {
          const { stdout } = await show("context", "inspect", `${name}-2`);
          const [context] = JSON.parse(stdout);
          expect(context.Metadata).toEqual({ Description: "safe" });
          expect(context.Endpoints.docker).toEqual({ Host: "tcp://far:2376", SkipTLSVerify: false });
          expect(context.TLSMaterial.docker.toSorted()).toEqual(["ca.pem", "cert.pem", "key.pem"]);
          expect(readFileSync(join(context.Storage.TLSPath, "docker", "key.pem"), "utf8")).toBe(key);
        }
      }
    },
  );
});
