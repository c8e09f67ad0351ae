// Failing freezes: the process exits, the runtime or the daemon is killed, a client stops the container.
import { afterAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../../src/linux/process.ts";
import { eventually } from "../../support/command.ts";
import { inspect, post, remove, run, sharedDaemon, statusOf } from "./support.ts";

/** A runtime that runs a script instead of "pause"; `$pause` is the original call. */
const directory = mkdtempSync(join(tmpdir(), "berth-freezing-"));
const runtime = join(directory, "odd");
const script = join(directory, "script");
const marker = join(directory, "marker");
writeFileSync(
  runtime,
  `#!/bin/sh
for id in "$@"; do :; done
case " $* " in *" pause "*) pause() { crun "$@"; }; . ${script};; *) exec crun "$@";; esac
`,
);
chmodSync(runtime, 0o755);
afterAll(() => rmSync(directory, { recursive: true }));

const daemon = sharedDaemon({ runtimes: { odd: { path: runtime } } });
const odd = { Cmd: ["sleep", "1000"], HostConfig: { Runtime: "odd" } };

/** A container whose pause is this. */
function withPause(commands: string): Promise<string> {
  rmSync(marker, { force: true });
  writeFileSync(script, `touch ${marker}\n${commands}\n`);
  return run(daemon(), odd);
}

const pauseBegins = (): Promise<boolean> => eventually("the pause to begin", () => existsSync(marker));
const execOutput = async (id: string): Promise<string> => (await daemon().docker(["exec", id, "echo", "alive"])).stdout;

test("a container that ends while it is frozen for a commit is committed", async () => {
  const id = await withPause(`kill -9 $(cat ${daemon().execRoot}/containers/$id/pid); sleep 0.2; pause "$@"`);
  expect(await statusOf(daemon(), `/commit?container=${id}&repo=ended&pause=1`)).toBe(201);
  expect((await inspect(daemon(), id)).State.Status).toBe("exited");
  await remove(daemon(), id);
});

test("a runtime killed after freezing fails the pause, and the container keeps running", async () => {
  const id = await withPause(`pause "$@"; kill -9 $$`);
  expect(await statusOf(daemon(), `/containers/${id}/pause`)).toBe(500);
  expect((await inspect(daemon(), id)).State.Status).toBe("running");
  expect(await execOutput(id)).toBe("alive\n");
  await remove(daemon(), id);
});

test("a pause interrupted by a daemon crash does not freeze later", async () => {
  const id = await withPause(`while [ -e ${marker} ]; do sleep 0.05; done; touch ${marker}-late; pause "$@"`);
  const pausing = statusOf(daemon(), `/containers/${id}/pause`).catch(() => 0);
  await pauseBegins();
  await daemon().crashAndRestart();
  await pausing;
  expect((await inspect(daemon(), id)).State.Status).toBe("running");
  rmSync(marker);
  // The pause would go on now, and would soon be done.
  expect((await daemon().docker(["exec", id, "sleep", "0.5"])).code).toBe(0);
  expect(existsSync(`${marker}-late`)).toBe(false);
  expect(await execOutput(id)).toBe("alive\n");
  await remove(daemon(), id);
});

test.each([
  ["kill", "POST", "exited"],
  ["stop?t=1", "POST", "exited"],
  ["?force=1", "DELETE", undefined],
])("a container that is being paused is ended by %s", async (verb, method, status) => {
  const id = await withPause(`sleep 0.5; pause "$@"`);
  const pausing = statusOf(daemon(), `/containers/${id}/pause`);
  await pauseBegins();
  expect(await statusOf(daemon(), `/containers/${id}${verb.startsWith("?") ? "" : "/"}${verb}`, method)).toBe(204);
  await pausing;
  if (status) expect((await inspect(daemon(), id)).State.Status).toBe(status);
  else expect(await statusOf(daemon(), `/containers/${id}/json`, "GET")).toBe(404);
  await remove(daemon(), id);
});

test("concurrent commits share one freeze and thaw the container at the end", async () => {
  const id = await withPause(`pause "$@"`);
  const commits = ["first", "second"].map((name) => statusOf(daemon(), `/commit?container=${id}&repo=${name}&pause=1`));
  expect(await Promise.all(commits)).toEqual([201, 201]);
  expect(await execOutput(id)).toBe("alive\n");
  await post(daemon(), `/containers/${id}/pause`);
  expect((await inspect(daemon(), id)).State.Status).toBe("paused");
  await remove(daemon(), id);
});

test("a paused container whose monitor is killed exits and leaves no process", async () => {
  const id = await run(daemon(), { Cmd: ["sleep", "1000"] });
  const { Pid } = (await inspect(daemon(), id)).State;
  await post(daemon(), `/containers/${id}/pause`);
  process.kill(Number(readFileSync(join(daemon().execRoot, "containers", id, "monitor-pid"), "utf8")), "SIGKILL");
  await eventually("the end", async () => (await inspect(daemon(), id)).State.Status === "exited");
  await eventually("the end of the process", () => !isAlive(Pid));
  await post(daemon(), `/containers/${id}/start`);
  expect(await execOutput(id)).toBe("alive\n");
  await remove(daemon(), id);
});
