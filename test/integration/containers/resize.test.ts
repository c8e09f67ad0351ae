// TTY resizing, also twice in quick succession.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { messageOf, post, remove, run, sharedDaemon } from "./support.ts";

const daemon = sharedDaemon();

test("the second of two quick resizes wins", async () => {
  const id = await run(daemon(), { Cmd: ["sleep", "1000"], Tty: true });
  const monitor = Number(readFileSync(join(daemon().execRoot, "containers", id, "monitor-pid"), "utf8"));
  process.kill(monitor, "SIGSTOP");
  await post(daemon(), `/containers/${id}/resize?h=21&w=91`);
  const second = post(daemon(), `/containers/${id}/resize?h=20&w=90`);
  // It waits for the monitor; should it not have arrived yet, it is the later one all the more.
  await Bun.sleep(50);
  process.kill(monitor, "SIGCONT");
  await second;
  await eventually("the second size", async () => {
    const { stdout } = await daemon().berth(["exec", id, "stty", "-F", "/dev/console", "size"]);
    return stdout === "20 90\n";
  });
  await remove(daemon(), id);
});

test("resizing fails after exit", async () => {
  const id = await run(daemon(), { Cmd: ["true"], Tty: true });
  await daemon().call("POST", `/containers/${id}/wait`);
  const answer = await daemon().request("POST", `/containers/${id}/resize?h=20&w=90`);
  expect(answer.status).toBe(409);
  await remove(daemon(), id);
});

test.each([
  ["", "invalid syntax"],
  ["ten", "invalid syntax"],
  ["+10", "invalid syntax"],
  ["-100", "value out of range"],
  ["4294967296", "value out of range"],
])("a height of %j is refused in Docker's words", async (height, reason) => {
  const id = await run(daemon(), { Cmd: ["sleep", "1000"], Tty: true });
  const answer = await daemon().request("POST", `/containers/${id}/resize?w=80&h=${encodeURIComponent(height)}`);
  expect([answer.status, await messageOf(answer)]).toEqual([400, `invalid resize height "${height}": ${reason}`]);
  await remove(daemon(), id);
});

test("resizing an exec whose container has ended names the container", async () => {
  const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
  const request = { Cmd: ["sleep", "1000"], Tty: true };
  const created = await daemon().request("POST", `/containers/${id}/exec`, request);
  const { Id }: { Id: string } = JSON.parse(await created.text());
  await post(daemon(), `/exec/${Id}/start`, { Detach: true, Tty: true });
  await post(daemon(), `/containers/${id}/kill`);
  const answer = await daemon().request("POST", `/exec/${Id}/resize?h=40&w=40`);
  expect([answer.status, await messageOf(answer)]).toEqual([409, `container ${id} is not running`]);
  await remove(daemon(), id);
});
