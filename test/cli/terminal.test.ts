// Behaviour at a terminal: raw mode is always restored, prompts, wrapped tables, advice.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../support/command.ts";
import { berthCommand, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { TerminalSession } from "../support/terminal.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

/** A shell in a terminal, in which berth is typed. */
function shell(engine = daemon): TerminalSession {
  const env = { ...engine.clientEnvironment, PS1: "ready> ", ENV: "", BERTH: berthCommand.join(" ") };
  return new TerminalSession(["sh", "-i"], { env, columns: 200 });
}

/** Whether the terminal echoes, takes lines and knows Ctrl-C again. */
async function expectCooked(terminal: TerminalSession): Promise<void> {
  terminal.type(
    "stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(echo|icanon|isig|icrnl|opost)' | sort | tr '\\n' ' '; echo end\r",
  );
  const [modes] = await terminal.expect(/\n.*end\r\n/);
  expect(modes.trim()).toBe("echo icanon icrnl isig opost end");
}

describe("restores the terminal", () => {
  test("after the container exits", async () => {
    await using terminal = shell();
    await terminal.expect("ready> ");
    terminal.type("$BERTH run -it --rm busybox sh -c 'echo in; read x'\r");
    await terminal.expect("in\r\n");
    terminal.type("\r");
    await terminal.expect("ready> ");
    await expectCooked(terminal);
  });

  test("after detaching", async () => {
    await using terminal = shell();
    await terminal.expect("ready> ");
    terminal.type("$BERTH run -it --rm --name left busybox sh -c 'echo in; read x'\r");
    await terminal.expect("in\r\n");
    terminal.type("\x10\x11");
    await terminal.expect("ready> ");
    await expectCooked(terminal);
    expect((await daemon.berth(["ps", "--format", "{{.Names}}"])).stdout).toContain("left");
  });

  test.each(["TERM", "HUP"])("after SIG%s", async (signal) => {
    await using terminal = shell();
    await terminal.expect("ready> ");
    await daemon.berth(["run", "-d", "--rm", "-it", "--name", `kept-${signal}`, "busybox", "sh"]);
    terminal.type(`$BERTH exec -it kept-${signal} sh -c 'echo in; sleep 60'\r`);
    await terminal.expect("in\r\n");
    const client = await eventually("the client", () => childOf(terminal.pid));
    process.kill(client, `SIG${signal}`);
    await terminal.expect("ready> ");
    await expectCooked(terminal);
  });

  test("after a failed start", async () => {
    await using terminal = shell();
    await terminal.expect("ready> ");
    terminal.type("$BERTH run -it --rm busybox nosuchprogram\r");
    await terminal.expect("ready> ");
    expect(terminal.output).toContain("executable file not found");
    await expectCooked(terminal);
  });

  test("when the daemon dies", async () => {
    await using own = await startDaemon();
    await own.importBusybox();
    await using terminal = shell(own);
    await terminal.expect("ready> ");
    terminal.type("$BERTH run -it busybox sh -c 'echo in; sleep 60'\r");
    await terminal.expect("in\r\n");
    await own.stop("SIGKILL");
    await terminal.expect("ready> ");
    await expectCooked(terminal);
  });
});

/** The only child of a process, if it has one. */
function childOf(pid: number): number | undefined {
  const { stdout } = Bun.spawnSync(["pgrep", "-P", String(pid)]);
  const child = Number(stdout.toString().trim().split("\n")[0]);
  return child > 0 ? child : undefined;
}

test("the size follows that of the window", async () => {
  await using terminal = daemon.terminal("berth", ["run", "-it", "--rm", "busybox", "sh"], { columns: 91, rows: 17 });
  await terminal.expect("# ");
  terminal.type("stty size\r");
  await terminal.expect("17 91");
  terminal.resize(123, 45);
  await eventually("the new size", async () => {
    terminal.type("stty size\r");
    return terminal
      .expect("45 123", 300)
      .then(() => true)
      .catch(() => false);
  });
  terminal.type("exit\r");
  expect(await terminal.exited()).toBe(0);
});

describe("detach keys", () => {
  test("of the command line", async () => {
    await daemon.berth(["run", "-d", "-it", "--rm", "--name", "keys", "busybox", "sh"]);
    await using terminal = daemon.terminal("berth", ["attach", "--detach-keys", "ctrl-a,d", "keys"]);
    terminal.type("echo a\x10b\r");
    await terminal.expect(/a.?b/);
    terminal.type("\x01d");
    await terminal.expect("read escape sequence\r\n");
    expect(await terminal.exited()).toBe(1);
  });

  test("rejects invalid detach keys with their name", async () => {
    await using terminal = daemon.terminal("berth", ["attach", "--detach-keys", "foo", "keys"]);
    await terminal.expect("foo");
    expect(await terminal.exited()).toBe(1);
  });
});

test("forwards signals to a container without a TTY", async () => {
  const line = "trap 'echo caught; exit 9' INT; echo up; while true; do sleep 0.1; done";
  await using terminal = daemon.terminal("berth", ["run", "--rm", "busybox", "sh", "-c", line]);
  await terminal.expect("up");
  terminal.type("\x03");
  await terminal.expect("caught");
  expect(await terminal.exited()).toBe(9);
});

describe("Ctrl-C aborts", () => {
  beforeAll(async () => {
    await daemon.berth(["run", "-d", "--name", "busy", "busybox", "sleep", "1000"]);
  });

  test.each([
    [["events"], "/events"],
    [["logs", "-f", "busy"], "/logs?"],
    [["wait", "busy"], "/containers/busy/wait"],
    [["stats", "busy"], "/containers/busy/stats"],
    // Requests each container by its ID.
    [["stats"], "/stats"],
  ])("%j", async (line, asked) => {
    const known = daemon.log.length;
    await using terminal = daemon.terminal("berth", line);
    await eventually("the engine to be asked", () => daemon.log.slice(known).includes(asked));
    terminal.type("\x03");
    expect(await terminal.exited()).toBe(130);
  });
});

describe("questions", () => {
  test.each([
    ["y\r", true],
    ["Y\r", true],
    ["n\r", false],
    ["yes\r", false],
    ["\r", false],
    ["\x04", false],
    ["\x03", false],
  ])("answered with %j", async (answer, removed) => {
    await daemon.berth(["create", "--name", "old", "busybox"]);
    await using terminal = daemon.terminal("berth", ["container", "prune", "--filter", "label!=x"]);
    await terminal.expect("Are you sure you want to continue? [y/N] ");
    terminal.type(answer);
    expect(await terminal.exited()).toBe(0);
    // Its last output may arrive after its exit.
    if (removed) await terminal.expect("Deleted Containers:");
    else expect((await daemon.berth(["inspect", "old"])).code).toBe(0);
    await daemon.berth(["rm", "-f", "old"]);
  });

  test("does not echo a password", async () => {
    await using terminal = daemon.terminal("berth", ["login", "-u", "me", "127.0.0.1:1"]);
    await terminal.expect("Password: ");
    terminal.type("secret\r");
    expect(await terminal.exited()).toBe(1);
    expect(terminal.output).not.toContain("secret");
  });
});

describe("on a narrow terminal", () => {
  test("wraps tables but not identifiers", async () => {
    const created = await daemon.berth([
      "run",
      "-d",
      "--name",
      "wide",
      "-p",
      "127.0.0.1::80",
      "-p",
      "127.0.0.1::81",
      "busybox",
      "sleep",
      "1000",
    ]);
    await using terminal = daemon.terminal("berth", ["ps"], { columns: 60 });
    await terminal.expect(created.stdout.slice(0, 12));
    expect(await terminal.exited()).toBe(0);
    expect(terminal.output.split("\r\n").every((line) => line.length <= 60)).toBe(true);
  });

  test("never wraps piped output", async () => {
    const { stdout } = await daemon.berth(["ps"], { env: { COLUMNS: "60" } });
    expect(stdout.split("\n").some((line) => line.length > 60)).toBe(true);
  });
});

describe("advice", () => {
  test("is printed below Docker's message on a terminal", async () => {
    await using terminal = daemon.terminal("berth", ["start", "nosuch"]);
    await terminal.expect(/No such container: nosuch\r\n.*berth ps -a/s);
    expect(await terminal.exited()).toBe(1);
  });

  test("is not printed to a pipe", async () => {
    const { stderr } = await daemon.berth(["start", "nosuch"]);
    expect(stderr).toBe(
      "Error response from daemon: No such container: nosuch\nError: failed to start containers: nosuch\n",
    );
  });
});
