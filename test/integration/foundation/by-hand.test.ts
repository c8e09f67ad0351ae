// First steps of a user in a real terminal, with both command lines.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { installedClients, startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { redisArchive } from "../../support/images.ts";
import { freePort } from "../../support/port.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

const PROMPT = "/ # ";
const DETACH = "\x10\x11";

describe.each(installedClients)("%s", (client) => {
  const run = (...argv: string[]) => daemon.client(client, argv);
  const mustRun = async (...argv: string[]) => {
    const result = await run(...argv);
    expect(result).toMatchObject({ code: 0 });
    return result.stdout.trim();
  };

  afterEach(async () => {
    const ids = (await run("ps", "-aq")).stdout.split("\n").filter(Boolean);
    if (ids.length > 0) await run("rm", "-f", ...ids);
  });

  test("run -it: a shell, its terminal's size, Ctrl-D", async () => {
    await using shell = daemon.terminal(client, ["run", "-it", "--rm", "busybox"], { columns: 101, rows: 31 });
    await shell.expect(PROMPT);
    shell.type("tty; stty size\r");
    await shell.expect("/dev/pts/0");
    await shell.expect("31 101");
    shell.resize(77, 22);
    await eventually("the new size", async () => {
      shell.type("stty size\r");
      return await shell.expect("22 77", 1_000).catch(() => undefined);
    });
    shell.type("\x04");
    expect(await shell.exited()).toBe(0);
    expect(await mustRun("ps", "-aq")).toBe("");
  });

  test("run -it: Ctrl-C reaches the program, the exit code comes back", async () => {
    await using shell = daemon.terminal(client, ["run", "-it", "--rm", "busybox", "sh"]);
    await shell.expect(PROMPT);
    // A separate program whose output shows that it receives the terminal's signals.
    shell.type("sh -c 'echo $((20 + 22)); exec sleep 1000'\r");
    await shell.expect("42");
    shell.type("\x03");
    await shell.expect(PROMPT);
    shell.type("exit 41\r");
    expect(await shell.exited()).toBe(41);
  });

  test("run -d -p and a fetch", async () => {
    const port = await freePort();
    const id = await mustRun(
      ...["run", "-d", "-p", `${port}:80`, "busybox", "sh", "-c"],
      "mkdir /www && echo hello > /www/index.html && exec httpd -f -p 80 -h /www",
    );
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const page = await eventually("the page", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      return answer?.ok && (await answer.text());
    });
    expect(page).toBe("hello\n");
    expect(await mustRun("port", id, "80/tcp")).toContain(`:${port}`);
  });

  test("create, start -a", async () => {
    const id = await mustRun("create", "busybox", "sh", "-c", "echo out; echo err >&2; exit 3");
    expect(await run("start", "-a", id)).toEqual({ code: 3, stdout: "out\n", stderr: "err\n" });
    expect(await run("start", "-a", id)).toEqual({ code: 3, stdout: "out\n", stderr: "err\n" });
  });

  test("start -a -i feeds standard input", async () => {
    await mustRun("create", "-i", "--name", "cat", "busybox", "cat");
    const result = await daemon.client(client, ["start", "-a", "-i", "cat"], { input: "one\ntwo\n" });
    expect(result).toEqual({ code: 0, stdout: "one\ntwo\n", stderr: "" });
  });

  test("detach with Ctrl-P Ctrl-Q and attach again", async () => {
    await using first = daemon.terminal(client, ["run", "-it", "--name", "kept", "busybox"]);
    await first.expect(PROMPT);
    first.type("mark=kept; echo set-$mark\r");
    await first.expect("set-kept");
    first.type(DETACH);
    expect(await first.exited()).toBe(0);
    expect(await mustRun("inspect", "-f", "{{.State.Running}}", "kept")).toBe("true");

    await using second = daemon.terminal(client, ["attach", "kept"]);
    second.type("\recho again-$mark\r");
    await second.expect("again-kept");
    second.type("exit 5\r");
    expect(await second.exited()).toBe(5);
  });

  test("exec -it of a shell in a running container", async () => {
    await mustRun("run", "-d", "--name", "idle", "busybox", "sleep", "1000");
    await using shell = daemon.terminal(client, ["exec", "-it", "idle", "sh"]);
    await shell.expect(PROMPT);
    shell.type("ps -o comm | head -n 2\r");
    await shell.expect("sleep");
    shell.type("exit 6\r");
    expect(await shell.exited()).toBe(6);
    expect(await mustRun("inspect", "-f", "{{.State.Running}}", "idle")).toBe("true");
  });

  test("redis-server in one container, redis-cli by exec", async () => {
    if ((await run("image", "inspect", "redis")).code !== 0) {
      await daemon.importArchive("redis:latest", await redisArchive(), ['CMD ["redis-server", "--save", ""]']);
    }
    await mustRun("run", "-d", "--name", "redis", "redis");
    await eventually(
      "redis to answer",
      async () => (await run("exec", "redis", "redis-cli", "ping")).stdout === "PONG\n",
    );
    expect(await mustRun("exec", "redis", "redis-cli", "set", "berth", "afloat")).toBe("OK");
    expect(await mustRun("exec", "redis", "redis-cli", "get", "berth")).toBe("afloat");
    expect(await mustRun("stop", "redis")).toBe("redis");
    expect(await mustRun("inspect", "-f", "{{.State.ExitCode}}", "redis")).toBe("0");
  });

  test("rm of a running container is refused, rm -f is not", async () => {
    await mustRun("run", "-d", "--name", "busy", "busybox", "sleep", "1000");
    const refused = await run("rm", "busy");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/stop the container before (removing|attempting removal) or force remove/i);
    expect(await mustRun("rm", "-f", "busy")).toBe("busy");
    expect(await mustRun("ps", "-aq")).toBe("");
  });

  test("rm $(ps -aq)", async () => {
    for (const name of ["one", "two", "three"]) await mustRun("run", "--name", name, "busybox", "true");
    const ids = (await mustRun("ps", "-aq")).split("\n");
    expect(ids).toHaveLength(3);
    expect(await mustRun("rm", ...ids)).toBe(ids.join("\n"));
    expect(await mustRun("ps", "-aq")).toBe("");
  });

  test("run: environment, working directory, user, entrypoint, volume, host name", async () => {
    const shared = join(daemon.directory, "shared");
    mkdirSync(shared, { recursive: true });
    writeFileSync(join(shared, "marker"), "");
    const shell = "echo $A; pwd; id -u; ls /from-host; hostname";
    const out = await mustRun(
      ...["run", "--rm", "-e", "A=b", "-w", "/tmp", "-u", "65534", "-v", `${shared}:/from-host:ro`],
      ...["-h", "named", "--entrypoint", "sh", "busybox", "-c", shell],
    );
    const lines = out.split("\n");
    expect(lines.slice(0, 3)).toEqual(["b", "/tmp", "65534"]);
    expect(lines).toContain("marker");
    expect(lines.at(-1)).toBe("named");
  });

  test("standard input through a pipe, byte-exact both ways", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000)).toHex().repeat(20);
    const result = await daemon.client(client, ["run", "--rm", "-i", "busybox", "cat"], { input: bytes });
    expect(result.code).toBe(0);
    expect(result.stdout === bytes).toBe(true);
  });

  test("stop, wait, logs, ps", async () => {
    const shell = "trap 'echo bye; exit 9' TERM; echo hi; while :; do sleep 0.1; done";
    await mustRun("run", "-d", "--name", "polite", "busybox", "sh", "-c", shell);
    await eventually("its first line", async () => (await run("logs", "polite")).stdout === "hi\n");
    expect(await mustRun("ps", "--format", "{{.Names}} {{.State}}")).toBe("polite running");
    const waiting = run("wait", "polite");
    expect(await mustRun("stop", "polite")).toBe("polite");
    expect(await waiting).toMatchObject({ code: 0, stdout: "9\n" });
    expect(await mustRun("logs", "polite")).toBe("hi\nbye");
    expect(await mustRun("ps", "-a", "--format", "{{.Status}}")).toMatch(/^Exited \(9\) /);
  });

  test("logs -f follows to the end", async () => {
    await mustRun(
      "run",
      "-d",
      "--name",
      "talker",
      "busybox",
      "sh",
      "-c",
      "for i in 1 2 3 4 5; do echo $i; sleep 0.1; done",
    );
    expect(await mustRun("logs", "-f", "talker")).toBe("1\n2\n3\n4\n5");
  });

  test("a generated name is an adjective and a noun", async () => {
    await mustRun("create", "busybox");
    expect(await mustRun("ps", "-a", "--format", "{{.Names}}")).toMatch(/^[a-z]+_[a-z]+\d?$/);
  });

  test("kill: the exit code is 128 and the signal", async () => {
    await mustRun("run", "-d", "--name", "victim", "busybox", "sleep", "1000");
    const waiting = run("wait", "victim");
    await mustRun("kill", "victim");
    expect((await waiting).stdout).toBe("137\n");
  });
});
