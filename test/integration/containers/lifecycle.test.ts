// Stop, kill, names, concurrent requests, and processes killed from outside.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { create, exitCode, inspect, logged, messageOf, post, remove, run, sharedDaemon, statusOf } from "./support.ts";

const daemon = sharedDaemon();
const sleeper = { Cmd: ["sleep", "1000"] };
const deaf = { Cmd: ["sh", "-c", "trap '' TERM; while true; do sleep 1; done"] };

describe("stop and kill", () => {
  test("a container that ignores SIGTERM is killed after the timeout", async () => {
    const id = await run(daemon(), deaf);
    await post(daemon(), `/containers/${id}/stop?t=1`);
    expect((await inspect(daemon(), id)).State).toMatchObject({ Status: "exited", ExitCode: 137 });
    expect(await statusOf(daemon(), `/containers/${id}/stop`)).toBe(304);
    await remove(daemon(), id);
  });

  test("stop sends the container's stop signal", async () => {
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", "trap 'exit 9' USR1; echo ready; while true; do sleep 0.1; done"],
      StopSignal: "SIGUSR1",
    });
    await logged(daemon(), id, "ready");
    await post(daemon(), `/containers/${id}/stop?t=100`);
    expect((await inspect(daemon(), id)).State.ExitCode).toBe(9);
    await remove(daemon(), id);
  });

  test("pause, then stop, then kill", async () => {
    const id = await run(daemon(), sleeper);
    await post(daemon(), `/containers/${id}/pause`);
    expect((await inspect(daemon(), id)).State.Status).toBe("paused");
    expect(await statusOf(daemon(), `/containers/${id}/pause`)).toBe(409);
    expect(await statusOf(daemon(), `/containers/${id}/start`)).toBe(409);
    await post(daemon(), `/containers/${id}/stop?t=1`);
    expect((await inspect(daemon(), id)).State).toMatchObject({ Status: "exited", ExitCode: 137 });
    expect(await statusOf(daemon(), `/containers/${id}/kill`)).toBe(409);
    await remove(daemon(), id);
  });

  test("a paused container can be killed", async () => {
    const id = await run(daemon(), sleeper);
    await post(daemon(), `/containers/${id}/pause`);
    await post(daemon(), `/containers/${id}/kill`);
    expect((await inspect(daemon(), id)).State).toMatchObject({ Status: "exited", ExitCode: 137 });
    await remove(daemon(), id);
  });

  test("signals by name and by number; an unknown signal is rejected", async () => {
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", "trap 'exit 3' HUP; echo ready; while true; do sleep 0.1; done"],
    });
    await logged(daemon(), id, "ready");
    expect(await statusOf(daemon(), `/containers/${id}/kill?signal=NOSUCH`)).toBe(400);
    await post(daemon(), `/containers/${id}/kill?signal=1`);
    expect(await exitCode(daemon(), id)).toBe(3);
    await remove(daemon(), id);
  });
});

describe("names", () => {
  test("create and rename reject a name in use and name its container; a removed container's name is free", async () => {
    const id = await create(daemon(), sleeper, "taken");
    const other = await create(daemon(), sleeper, "other");
    const again = await daemon().request("POST", "/containers/create?name=taken", { Image: "busybox" });
    expect(again.status).toBe(409);
    expect(await messageOf(again)).toBe(
      `Conflict. The container name "/taken" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
    expect(await statusOf(daemon(), "/containers/other/rename?name=taken")).toBe(409);
    expect((await inspect(daemon(), "other")).Id).toBe(other);
    await remove(daemon(), "taken");
    const next = await create(daemon(), sleeper, "taken");
    expect((await inspect(daemon(), "taken")).Id).toBe(next);
    await remove(daemon(), "taken", "other");
  });

  test("exactly one of many concurrent requests for a name succeeds", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => daemon().request("POST", "/containers/create?name=race", { Image: "busybox" })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)]);
    await remove(daemon(), "race");
  });
});

describe("concurrent requests", () => {
  test("fifty containers are started and waited for at the same time", async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, () => create(daemon(), { Cmd: ["sh", "-c", "exit 7"] })));
    // A wait before the start returns at once: the container does not run.
    await Promise.all(ids.map((id) => post(daemon(), `/containers/${id}/start`)));
    await Promise.all(ids.map((id) => exitCode(daemon(), id)));
    const states = await Promise.all(ids.map((id) => inspect(daemon(), id)));
    expect(states.map(({ State }) => [State.Status, State.ExitCode])).toEqual(Array(50).fill(["exited", 7]));
    await remove(daemon(), ...ids);
  });

  test("forced removal during the start leaves nothing behind", async () => {
    for (let round = 0; round < 10; round++) {
      const id = await create(daemon(), sleeper);
      const starting = daemon().request("POST", `/containers/${id}/start`);
      await Bun.sleep(round * 4);
      const removing = daemon().request("DELETE", `/containers/${id}?force=1`);
      const [start, removed] = await Promise.all([starting, removing]);
      expect([204, 304, 404, 409, 500]).toContain(start.status);
      if (removed.status !== 204) await remove(daemon(), id);
      expect(await statusOf(daemon(), `/containers/${id}/json`, "GET")).toBe(404);
    }
  });

  test("two clients that start, stop and remove the same container for ten seconds never get a 500", async () => {
    const end = Date.now() + 10_000;
    const seen = new Map<string, number>();
    const client = async () => {
      while (Date.now() < end) {
        for (const [method, path] of [
          ["POST", "/containers/create?name=contended"],
          ["POST", "/containers/contended/start"],
          ["POST", "/containers/contended/stop?t=0"],
          ["POST", "/containers/contended/kill"],
          ["DELETE", "/containers/contended?force=1"],
        ] as const) {
          const body = path.includes("create") ? { Image: "busybox", ...sleeper } : undefined;
          const answer = await daemon().request(method, path, body);
          const text = await answer.text();
          const key = `${answer.status} ${answer.status >= 500 ? text : ""}`;
          seen.set(key, (seen.get(key) ?? 0) + 1);
        }
      }
    };
    await Promise.all([client(), client()]);
    await remove(daemon(), "contended");
    expect([...seen.keys()].filter((key) => key.startsWith("5"))).toEqual([]);
    expect(seen.get("204 ") ?? 0).toBeGreaterThan(5);
  });
});

describe("killed from outside", () => {
  test("a container whose monitor is killed ends and can be started again", async () => {
    const id = await run(daemon(), sleeper);
    const monitor = Number(readFileSync(join(daemon().execRoot, "containers", id, "monitor-pid"), "utf8"));
    const { Pid } = (await inspect(daemon(), id)).State;
    process.kill(monitor, "SIGKILL");
    const { State } = await eventually("the loss to be noticed", async () => {
      const found = await inspect(daemon(), id);
      return found.State.Status === "exited" ? found : undefined;
    });
    expect(State.ExitCode).toBe(137);
    await eventually("the process to be gone", () => !existsSync(`/proc/${Pid}`));
    await post(daemon(), `/containers/${id}/start`);
    expect((await inspect(daemon(), id)).State.Status).toBe("running");
    await remove(daemon(), id);
  });

  test("killing the main process on the host ends the container", async () => {
    const id = await run(daemon(), sleeper);
    process.kill((await inspect(daemon(), id)).State.Pid, "SIGKILL");
    expect(await exitCode(daemon(), id)).toBe(137);
    await remove(daemon(), id);
  });

  test("an out-of-memory kill is reported", async () => {
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", "x=a; while true; do x=$x$x; done"],
      HostConfig: { Memory: 16 << 20, MemorySwap: 16 << 20 },
    });
    expect(await exitCode(daemon(), id)).toBe(137);
    expect((await inspect(daemon(), id)).State.OOMKilled).toBe(true);
    await remove(daemon(), id);
  });

  test("create refuses an unknown OCI runtime", async () => {
    const answer = await daemon().request("POST", "/containers/create", {
      Image: "busybox",
      HostConfig: { Runtime: "nosuchruntime" },
    });
    expect(answer.status).toBe(400);
    expect(await messageOf(answer)).toBe("unknown or invalid runtime name: nosuchruntime");
  });
});
