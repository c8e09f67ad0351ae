// Removal, also while files are held and when the daemon is killed.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { command, eventually, mustRun } from "../../support/command.ts";
import { create, exitCode, inspect, post, remove, run, sharedDaemon, statusOf } from "./support.ts";

const daemon = sharedDaemon();
const sleeper = { Cmd: ["sleep", "1000"] };
const directoryOf = (id: string): string => join(daemon().dataRoot, "containers", id);

test("a root filesystem held by another mount namespace does not prevent removal", async () => {
  const id = await run(daemon(), sleeper, "held");
  const holder = Bun.spawn(["unshare", "--mount", "sh", "-c", "echo held; exec sleep 1000"], { stdout: "pipe" });
  await holder.stdout.getReader().read();
  expect((await daemon().request("DELETE", `/containers/${id}?force=1`)).status).toBe(204);
  const next = await create(daemon(), sleeper, "held");
  expect((await inspect(daemon(), "held")).Id).toBe(next);
  holder.kill();
  await holder.exited;
  await eventually("the files to be gone", () => !existsSync(directoryOf(id)));
  await remove(daemon(), "held");
});

test("deletes busy files later without blocking the request", async () => {
  const id = await create(daemon(), sleeper, "stubborn");
  await mustRun(["mount", "-t", "tmpfs", "tmpfs", join(directoryOf(id))]);
  await mustRun(["touch", join(directoryOf(id), "busy")]);
  expect((await daemon().request("DELETE", `/containers/${id}`)).status).toBe(204);
  const next = await create(daemon(), sleeper, "stubborn");
  expect((await inspect(daemon(), "stubborn")).Id).toBe(next);
  expect(existsSync(directoryOf(id))).toBe(true);
  await eventually("the failure", () => daemon().log.includes("failed to remove the files of a container, retrying"));
  await mustRun(["umount", directoryOf(id)]);
  await eventually("the files to be gone", () => !existsSync(directoryOf(id)));
  await remove(daemon(), "stubborn");
});

test("a daemon killed during a removal leaves nothing behind but anonymous volumes to keep", async () => {
  for (let round = 0; round < 6; round++) {
    const id = await run(daemon(), { ...sleeper, Volumes: { "/data": {} } });
    const removing = daemon()
      .request("DELETE", `/containers/${id}?force=1`)
      .catch(() => undefined);
    await Bun.sleep(round * 5);
    await daemon().stop("SIGKILL");
    await removing;
    await daemon().start();
    if ((await statusOf(daemon(), `/containers/${id}/json`, "GET")) === 200) {
      await daemon().request("DELETE", `/containers/${id}?force=1`);
    }
    await eventually("the files to be gone", () => !existsSync(directoryOf(id)));
  }
  const { stdout } = await command(["ls", join(daemon().dataRoot, "volumes")]);
  expect(stdout.trim().split("\n").length).toBe(6);
  expect(readdirSync(join(daemon().execRoot, "containers"))).toEqual([]);
});

describe("a container bound to its client", () => {
  /** Attaches, and returns what disconnects. */
  async function attach(id: string, query = "&endsWithClient=1"): Promise<() => void> {
    const abort = new AbortController();
    const answer = await fetch(`http://localhost/containers/${id}/attach?stream=1&stdout=1${query}`, {
      unix: daemon().socket,
      method: "POST",
      signal: abort.signal,
    });
    expect(answer.status).toBe(200);
    return () => abort.abort();
  }

  test("is stopped and removed when the client disconnects", async () => {
    const id = await create(daemon(), { ...sleeper, StopSignal: "SIGKILL", HostConfig: { AutoRemove: true } });
    const disconnect = await attach(id);
    await post(daemon(), `/containers/${id}/start`);
    disconnect();
    await eventually("the removal", async () => (await statusOf(daemon(), `/containers/${id}/json`, "GET")) === 404);
  });

  test("is removed when the client disconnects before the start", async () => {
    const id = await create(daemon(), { ...sleeper, HostConfig: { AutoRemove: true } });
    const disconnect = await attach(id);
    disconnect();
    await eventually("the removal", async () => (await statusOf(daemon(), `/containers/${id}/json`, "GET")) === 404);
  });

  test("keeps running when any other client disconnects", async () => {
    const id = await run(daemon(), sleeper);
    const disconnect = await attach(id, "");
    disconnect();
    // Time for a stop that must not come.
    await Bun.sleep(300);
    expect((await inspect(daemon(), id)).State.Status).toBe("running");
    await remove(daemon(), id);
  });
});

test("restart does not remove a container with --rm", async () => {
  const id = await run(daemon(), { ...sleeper, HostConfig: { AutoRemove: true } });
  await post(daemon(), `/containers/${id}/restart?t=0`);
  expect((await inspect(daemon(), id)).State.Status).toBe("running");
  const ended = exitCode(daemon(), id);
  await post(daemon(), `/containers/${id}/kill`);
  expect(await ended).toBe(137);
  await eventually("the removal", async () => (await statusOf(daemon(), `/containers/${id}/json`, "GET")) === 404);
});
