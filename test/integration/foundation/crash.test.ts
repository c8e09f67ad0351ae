// The daemon is killed while containers run and write: they keep running, and the next daemon takes over.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { eventually } from "../../support/command.ts";
import { installedClients, startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeEach(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterEach(() => daemon?.dispose());

const LINES = 20_000;
/** Writes numbered lines to both streams, with occasional pauses, and ends with 7 when it is allowed to. */
const writer = `i=0; while [ $i -lt ${LINES} ]; do echo line $i; [ $((i % 10)) = 0 ] && echo error $i >&2; [ $((i % 200)) = 0 ] && sleep 0.02; i=$((i+1)); done; until [ -e /enough ]; do sleep 0.1; done; exit 7`;

const expectedOut = Array.from({ length: LINES }, (_, line) => `line ${line}\n`).join("");
const expectedErr = Array.from({ length: LINES / 10 }, (_, line) => `error ${line * 10}\n`).join("");

describe.each(installedClients)("%s", (client) => {
  const run = (...argv: string[]) => daemon.client(client, argv);
  const must = async (...argv: string[]) => {
    const result = await run(...argv);
    expect(result).toMatchObject({ code: 0 });
    return result.stdout.trim();
  };

  test("no log line is lost, and exit codes are correct", async () => {
    const names = ["first", "second", "third"];
    for (const name of names) await must("run", "-d", "--name", name, "busybox", "sh", "-c", writer);
    const pids = await must("inspect", "-f", "{{.State.Pid}}", ...names);
    for (let crash = 0; crash < 3; crash++) {
      await Bun.sleep(150);
      await daemon.crashAndRestart();
    }
    expect(await must("inspect", "-f", "{{.State.Pid}}", ...names)).toBe(pids);
    for (const name of names) {
      // It may end before the program that lets it.
      await run("exec", name, "touch", "/enough");
      expect(await must("wait", name)).toBe("7");
      const logs = await run("logs", name);
      expect(logs.stdout === expectedOut).toBe(true);
      expect(logs.stderr === expectedErr).toBe(true);
      expect(await must("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name)).toBe("exited 7");
    }
  });

  test("an exit while no daemon runs is recorded by the next one", async () => {
    await must("run", "-d", "--name", "brief", "busybox", "sh", "-c", "sleep 0.5; echo last words; exit 3");
    await must("run", "-d", "--rm", "--name", "gone", "busybox", "sleep", "0.5");
    await daemon.stop("SIGKILL");
    await Bun.sleep(1_200);
    await daemon.start();
    await eventually("the exit", async () => (await must("inspect", "-f", "{{.State.Status}}", "brief")) === "exited");
    expect(await must("inspect", "-f", "{{.State.ExitCode}}", "brief")).toBe("3");
    expect(await must("logs", "brief")).toBe("last words");
    await eventually("the removal", async () => (await must("ps", "-aq", "-f", "name=gone")) === "");
  });

  test("exec, attach, stop, restart and rm work on containers that an earlier daemon started", async () => {
    await must(
      "run",
      "-d",
      "-i",
      "--name",
      "echo",
      "busybox",
      "sh",
      "-c",
      "while read line; do echo got $line; [ $line = two ] && exit 4; done",
    );
    await must("run", "-d", "--name", "idle", "-p", "0:80", "busybox", "sleep", "1000");
    const port = await must("port", "idle");
    await daemon.crashAndRestart();

    expect(await must("exec", "idle", "echo", "inside")).toBe("inside");
    expect(await must("port", "idle")).toBe(port);
    const attached = await daemon.client(client, ["attach", "echo"], { input: "one\ntwo\n" });
    expect(attached).toEqual({ code: 4, stdout: "got one\ngot two\n", stderr: "" });
    await must("stop", "-t", "1", "idle");
    expect(await must("inspect", "-f", "{{.State.ExitCode}}", "idle")).toBe("137");
    await must("start", "idle");
    expect(await must("ps", "--format", "{{.Names}}")).toBe("idle");
    await must("rm", "-f", "idle", "echo");
    expect(await must("ps", "-aq")).toBe("");
  });

  test("a container with a TTY can be reattached", async () => {
    {
      await using shell = daemon.terminal(client, ["run", "-it", "--name", "shell", "busybox"]);
      await shell.expect("/ # ");
      shell.type("mark=kept; echo set-$mark\r");
      await shell.expect("set-kept");
      await daemon.crashAndRestart();
    }
    await using again = daemon.terminal(client, ["attach", "shell"], { columns: 90, rows: 20 });
    again.type("\recho still-$mark\r");
    await again.expect("still-kept");
    // To redraw the screen, Docker's client first requests one more row and column.
    await eventually("the size", async () => {
      again.type("stty size\r");
      return await again.expect("20 90", 1_000).catch(() => undefined);
    });
    again.type("exit 8\r");
    expect(await again.exited()).toBe(8);
  });

  test("SIGTERM ends the daemon, and containers keep running", async () => {
    const id = await must("run", "-d", "busybox", "sleep", "1000");
    const pid = await must("inspect", "-f", "{{.State.Pid}}", id);
    expect(await daemon.stop("SIGTERM")).toBe(0);
    expect(() => process.kill(Number(pid), 0)).not.toThrow();
    await daemon.start();
    expect(await must("inspect", "-f", "{{.State.Pid}} {{.State.Running}}", id)).toBe(`${pid} true`);
  });
});

test("a second daemon on the same data root is rejected, and the first is not affected", async () => {
  const second = Bun.spawn(
    [
      ...daemon.commandLine(),
      ...["-H", `unix://${daemon.directory}/second.sock`, "--exec-root", `${daemon.directory}/second`],
    ],
    { stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  );
  expect(await second.exited).toBe(1);
  expect(await second.stderr.text()).toContain(daemon.dataRoot);
  expect((await daemon.request("GET", "/_ping")).ok).toBe(true);
});
