// Interrupted builds (cancelled, client killed, daemon killed) leave nothing behind.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildKitClient, buildKitClients, clientOf } from "../../support/buildkit-clients.ts";
import { command, eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-cancel-"));
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  rmSync(directory, { recursive: true, force: true });
});

let sleeps = 0;

/** A context whose step sleeps for a number of seconds that no other process does. */
function sleepingContext(): { context: string; command: string } {
  const text = `sleep ${process.pid}.${sleeps++}`;
  const context = mkdtempSync(join(directory, "context-"));
  writeFileSync(join(context, "Dockerfile"), `FROM busybox\nRUN ${text}\n`);
  return { context, command: text };
}

const isRunning = async (text: string): Promise<boolean> =>
  (await command(["pgrep", "--full", "--exact", text])).code === 0;

interface Client {
  signal(name: NodeJS.Signals): void;
  /** What it has printed so far. */
  printed(): string;
  /** Its exit code. */
  ended: Promise<number>;
}

/** A client in its own process group, so that its plugins receive signals as from a terminal. */
function start(client: BuildKitClient, context: string): Client {
  const { program, env } = clientOf(client, daemon);
  const log = join(mkdtempSync(join(directory, "log-")), "log");
  const child = Bun.spawn(["setsid", program, "build", context], {
    env: { ...process.env, ...env },
    stdout: "ignore",
    stderr: Bun.file(log),
  });
  return {
    signal: (name) => process.kill(-child.pid, name),
    printed: () => (existsSync(log) ? readFileSync(log, "utf8") : ""),
    ended: child.exited,
  };
}

async function expectNothingLeft(): Promise<void> {
  await eventually("the containers to be gone", async () => (await daemon.berth(["ps", "-aq"])).stdout === "");
  await eventually("the build's files to be gone", () => readdirSync(join(daemon.dataRoot, "builds")).length === 0);
  expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(join(daemon.dataRoot, "builds"));
}

describe.each([...buildKitClients])("%s", (client) => {
  test("Ctrl-C ends the step, and the client shows it as CANCELED", async () => {
    const { context, command: step } = sleepingContext();
    const { signal, ended, printed } = start(client, context);
    await eventually("the step to run", () => isRunning(step));
    signal("SIGINT");
    expect(await ended).not.toBe(0);
    expect(printed()).toContain("CANCELED");
    await eventually("the step to end", async () => !(await isRunning(step)));
    await expectNothingLeft();
  });

  test("killing the client cancels the step", async () => {
    const { context, command: step } = sleepingContext();
    const { signal, ended } = start(client, context);
    await eventually("the step to run", () => isRunning(step));
    signal("SIGKILL");
    await ended;
    await eventually("the step to end", async () => !(await isRunning(step)));
    await expectNothingLeft();
  });

  test("does not affect a second client waiting for the same step", async () => {
    const context = mkdtempSync(join(directory, "context-"));
    const gate = `/gate-${crypto.randomUUID()}`;
    // The step waits for a file that the test makes in its container.
    writeFileSync(join(context, "Dockerfile"), `FROM busybox\nRUN until test -e ${gate}; do sleep 0.1; done\n`);
    const first = start(client, context);
    const stepContainer = await eventually("the step to run", async () => {
      return (await daemon.berth(["ps", "-q"])).stdout.trim() || undefined;
    });
    const second = start(client, context);
    await eventually("the second client to wait for the step", () => second.printed().includes("RUN until"));
    first.signal("SIGINT");
    await first.ended;
    expect((await daemon.berth(["exec", stepContainer, "touch", gate])).code).toBe(0);
    expect(await second.ended).toBe(0);
    await expectNothingLeft();
  });

  test("kill -9 of the daemon leaves nothing of the build", async () => {
    const { context, command: step } = sleepingContext();
    const { ended } = start(client, context);
    await eventually("the step to run", () => isRunning(step));
    await daemon.crashAndRestart();
    expect(await ended).not.toBe(0);
    await eventually("the step to end", async () => !(await isRunning(step)));
    await expectNothingLeft();
  });
});
