// Processes by their number and start time: a later process with the same number is another one.
import { afterEach, describe, expect, test } from "bun:test";
import { constants } from "node:os";
import {
  identifyProcess,
  isProcessAlive,
  type ProcessIdentity,
  signalProcess,
  stateOfProcess,
} from "../../../src/linux/process.ts";

const { SIGKILL, SIGSTOP, SIGCONT } = constants.signals;
const children: Bun.Subprocess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    await child.exited;
  }
});

function start(): { child: Bun.Subprocess; identity: ProcessIdentity } {
  const child = Bun.spawn(["sleep", "1000"], { stdio: ["ignore", "ignore", "ignore"] });
  children.push(child);
  const identity = identifyProcess(child.pid);
  if (!identity) throw new Error("the process has no identity");
  return { child, identity };
}

describe("a process", () => {
  test("is recognized until it exits", async () => {
    const { child, identity } = start();
    expect(identity.pid).toBe(child.pid);
    expect(isProcessAlive(identity)).toBe(true);
    signalProcess(identity, SIGKILL);
    await child.exited;
    expect(isProcessAlive(identity)).toBe(false);
    expect(identifyProcess(child.pid)).toBeUndefined();
  });

  test("with the same PID and another start time is a different one and gets no signal", async () => {
    const { child, identity } = start();
    const other = { ...identity, startTime: identity.startTime - 1 };
    expect(stateOfProcess(other)).toBeUndefined();
    signalProcess(other, SIGKILL);
    expect(stateOfProcess(identity)).toBe("alive");
    signalProcess(identity, SIGSTOP);
    // Stopping takes effect when the process is scheduled next.
    while (stateOfProcess(identity) !== "stopped") await Bun.sleep(1);
    signalProcess(identity, SIGCONT);
    child.kill();
    await child.exited;
  });

  test("that has exited gets no signal, without an error", async () => {
    const { child, identity } = start();
    child.kill();
    await child.exited;
    expect(() => signalProcess(identity, SIGKILL)).not.toThrow();
  });
});
