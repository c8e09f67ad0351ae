// User errors with both command lines: clear messages in Docker's words, correct exit codes, nothing left behind.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { installedClients, startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { freePort } from "../../support/port.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";

let daemon: TestDaemon;
let registry: TestRegistry;
let occupied: { port: number; server: Server };

beforeAll(async () => {
  registry = await startRegistry();
  daemon = await startDaemon();
  await daemon.importBusybox();
  const port = await freePort();
  const server = createServer().listen(port, "0.0.0.0");
  occupied = { port, server };
  await daemon.call("POST", "/containers/create?name=running", { Image: "busybox", Cmd: ["sleep", "1000"] });
  await daemon.call("POST", "/containers/running/start");
  await daemon.call("POST", "/containers/create?name=stopped", { Image: "busybox", Cmd: ["true"] });
});

afterAll(async () => {
  occupied?.server.close();
  await Promise.all([daemon?.dispose(), registry?.dispose()]);
});

interface Case {
  /** What is wrong. */
  what: string;
  argv: () => string[];
  code: number;
  /** What it prints must match this. */
  says: RegExp;
}

const cases: Case[] = [
  {
    what: "an image that is not here and must not be pulled",
    argv: () => ["run", "--pull", "never", "nosuch", "true"],
    code: 125,
    says: /No such image: nosuch:latest/,
  },
  {
    what: "an image that the registry does not have",
    argv: () => ["run", `${registry.host}/nosuch:1`, "true"],
    code: 125,
    says: /Unable to find image '.*\/nosuch:1' locally[\s\S]*(manifest unknown|not found)/,
  },
  {
    what: "a registry that cannot be reached",
    argv: () => ["pull", "127.0.0.1:1/nosuch"],
    code: 1,
    says: /127\.0\.0\.1:1.*connection refused/,
  },
  {
    what: "a reference with upper-case letters",
    argv: () => ["run", "Busybox", "true"],
    code: 125,
    says: /invalid reference format: repository name (\((library\/)?Busybox\) )?must be lowercase/,
  },
  {
    what: "a reference that is none",
    argv: () => ["pull", "a b"],
    code: 1,
    says: /invalid reference format/,
  },
  {
    what: "a name in use",
    argv: () => ["run", "--name", "running", "busybox", "true"],
    code: 125,
    says: /Conflict\. The container name "\/running" is already in use by container "[0-9a-f]{64}"\. You have to remove \(or rename\) that container to be able to reuse that name\./,
  },
  {
    what: "a name that is none",
    argv: () => ["create", "--name", "-x-", "busybox"],
    code: 1,
    says: /Invalid container name \(-x-\), only \[a-zA-Z0-9\]\[a-zA-Z0-9_\.-\] are allowed/,
  },
  ...["stop", "start", "kill", "rm", "logs", "attach", "wait", "pause", "unpause", "restart", "top", "port"].map(
    (verb): Case => ({
      what: `${verb} of an unknown container`,
      argv: () => [verb, "nosuch"],
      code: 1,
      says: /No such container: nosuch/,
    }),
  ),
  {
    what: "exec in an unknown container",
    argv: () => ["exec", "nosuch", "true"],
    code: 1,
    says: /No such container: nosuch/,
  },
  {
    what: "inspect of something unknown",
    argv: () => ["inspect", "nosuch"],
    code: 1,
    says: /[Nn]o such object: nosuch/,
  },
  {
    what: "exec in a stopped container",
    argv: () => ["exec", "stopped", "true"],
    code: 1,
    says: /[Cc]ontainer [0-9a-f]{64} is not running/,
  },
  {
    what: "attach to a stopped container",
    argv: () => ["attach", "stopped"],
    code: 1,
    says: /You cannot attach to a stopped container, start it first/i,
  },
  {
    what: "kill of a stopped container",
    argv: () => ["kill", "stopped"],
    code: 1,
    says: /cannot kill container: stopped: container [0-9a-f]{64} is not running/i,
  },
  {
    what: "kill with a signal that is none",
    argv: () => ["kill", "-s", "NOSUCH", "running"],
    code: 1,
    says: /invalid signal: NOSUCH/i,
  },
  {
    what: "rm of a running container",
    argv: () => ["rm", "running"],
    code: 1,
    says: /cannot remove container "\/?running": container is running: stop the container before removing or force remove/,
  },
  {
    what: "a command that the image does not have",
    argv: () => ["run", "--rm", "busybox", "nosuch"],
    code: 127,
    says: /"nosuch": executable file not found in \$PATH/,
  },
  {
    what: "a path that the image does not have",
    argv: () => ["run", "--rm", "busybox", "/nosuch"],
    code: 127,
    says: /\/nosuch.*no such file or directory/,
  },
  {
    what: "a file that cannot be executed",
    argv: () => ["run", "--rm", "busybox", "/etc/passwd"],
    code: 126,
    says: /permission denied/,
  },
  {
    what: "a directory as the command",
    argv: () => ["run", "--rm", "busybox", "/etc"],
    code: 126,
    says: /is a directory|permission denied/,
  },
  {
    what: "exec of a command that the image does not have",
    argv: () => ["exec", "running", "nosuch"],
    code: 127,
    says: /executable file not found in \$PATH/,
  },
  {
    what: "exec of a file that cannot be executed",
    argv: () => ["exec", "running", "/etc/passwd"],
    code: 126,
    says: /permission denied/,
  },
  {
    what: "a user that the image does not have",
    argv: () => ["run", "--rm", "-u", "nosuch", "busybox", "true"],
    code: 125,
    says: /unable to find user nosuch: no matching entries in passwd file/,
  },
  {
    what: "a network that does not exist",
    argv: () => ["run", "--rm", "--network", "nosuch", "busybox", "true"],
    code: 125,
    says: /network nosuch not found/,
  },
  {
    what: "a port that another program has",
    argv: () => ["run", "--rm", "-p", `${occupied.port}:80`, "busybox", "true"],
    code: 125,
    says: /address already in use/,
  },
  {
    what: "an unknown flag",
    argv: () => ["run", "--nosuch", "busybox"],
    code: 125,
    says: /unknown flag: --nosuch/,
  },
  {
    what: "a relative path as a volume's target",
    argv: () => ["run", "--rm", "-v", "/tmp:relative", "busybox", "true"],
    code: 125,
    says: /invalid (volume specification|mount config|mount path)|mount path must be absolute/,
  },
  {
    what: "a working directory that is not absolute",
    argv: () => ["create", "-w", "relative", "busybox"],
    code: 1,
    says: /the working directory 'relative' is invalid, it needs to be an absolute path/,
  },
  {
    what: "rmi of an image that is not here",
    argv: () => ["rmi", "nosuch"],
    code: 1,
    says: /No such image: nosuch/,
  },
  {
    what: "rmi of an image in use",
    argv: () => ["rmi", "busybox"],
    code: 1,
    says: /conflict: unable to (remove repository reference "busybox"|delete [0-9a-f]{12}) \((must force|must be forced|cannot be forced)\)/,
  },
];

describe.each(installedClients)("%s", (client) => {
  test.each(cases.map((entry) => [entry.what, entry] as const))("%s", async (_, { argv, code, says }) => {
    const containers = await daemon.client(client, ["ps", "-aq"]);
    const result = await daemon.client(client, argv());
    // A failed exec reports the reason on standard output, as in Docker.
    expect(result.stderr + result.stdout).toMatch(says);
    expect(result.code).toBe(code);
    const after = await daemon.client(client, ["ps", "-aq"]);
    // Without --rm, Docker keeps what it had created before the start failed; no case here is of that kind.
    expect(after.stdout).toBe(containers.stdout);
  });

  test("a port used by another container", async () => {
    const port = await freePort();
    const publish = ["-p", `${port}:80`, "busybox", "sleep", "1000"];
    const first = await daemon.client(client, ["run", "-d", "--name", "holder", ...publish]);
    expect(first.code).toBe(0);
    const second = await daemon.client(client, ["run", "-d", "--rm", "--name", "late", ...publish]);
    expect(second.stderr).toContain("port is already allocated");
    expect(second.code).toBe(125);
    expect((await daemon.client(client, ["inspect", "late"])).code).toBe(1);
    await daemon.client(client, ["rm", "-f", "holder"]);
    const third = await daemon.client(client, ["run", "-d", "--name", "late", ...publish]);
    expect(third.stderr).toBe("");
    await daemon.client(client, ["rm", "-f", "late"]);
  });

  test("a daemon that is not running", async () => {
    const result = await daemon.client(client, ["ps"], { env: { DOCKER_HOST: "unix:///nonexistent.sock" } });
    expect(result.stderr).toContain(
      "Cannot connect to the Docker daemon at unix:///nonexistent.sock. Is the docker daemon running?",
    );
    expect(result.code).toBe(1);
  });
});
