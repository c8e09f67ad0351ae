// Restart policies and health checks, also over restarts of the daemon.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../../src/linux/process.ts";
import { eventually } from "../../support/command.ts";
import { unmountAllUnder } from "../../support/leaks.ts";
import { create, inspect, post, remove, run, sharedDaemon } from "./support.ts";

const daemon = sharedDaemon();

describe("restart policies", () => {
  test("on-failure restarts up to its maximum", async () => {
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", "exit 3"],
      HostConfig: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } },
    });
    const found = await eventually("the last restart", async () => {
      const current = await inspect(daemon(), id);
      return current.State.Status === "exited" && current.RestartCount === 2 ? current : undefined;
    });
    expect(found.State.ExitCode).toBe(3);
    await remove(daemon(), id);
  });

  test("on-failure does not restart after success", async () => {
    const id = await run(daemon(), {
      Cmd: ["true"],
      HostConfig: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 0 } },
    });
    // A container that is to be restarted goes from "running" to "restarting".
    const ended = await eventually("the end", async () => {
      const current = await inspect(daemon(), id);
      return current.State.Status === "running" ? undefined : current;
    });
    expect(ended).toMatchObject({ RestartCount: 0, State: { Status: "exited" } });
    await remove(daemon(), id);
  });

  test("always restarts after success, too; stop also works between two runs", async () => {
    const id = await run(daemon(), { Cmd: ["true"], HostConfig: { RestartPolicy: { Name: "always" } } });
    await eventually("two restarts", async () => (await inspect(daemon(), id)).RestartCount >= 2);
    const due = await eventually("a pause between runs", async () => (await inspect(daemon(), id)).State.NextAttempt);
    await post(daemon(), `/containers/${id}/stop`);
    const stopped = await inspect(daemon(), id);
    expect(stopped.State.Status).toBe("exited");
    await eventually("the time of the cancelled restart", () => Date.now() > Date.parse(due));
    // Its timer would have fired before one that is set now.
    const other = await run(daemon(), { Cmd: ["true"], HostConfig: { RestartPolicy: { Name: "always" } } });
    await eventually("another restart", async () => (await inspect(daemon(), other)).RestartCount > 0);
    expect((await inspect(daemon(), id)).RestartCount).toBe(stopped.RestartCount);
    await remove(daemon(), other);
    await remove(daemon(), id);
  });

  test("a stop while a run ends is not forgotten", async () => {
    const HostConfig = { RestartPolicy: { Name: "always" } };
    const ids = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const id = await run(daemon(), { Cmd: ["false"], HostConfig });
        await daemon().request("POST", `/containers/${id}/stop`);
        return id;
      }),
    );
    // A later restart with the longest delay that one of them could have had.
    const other = await run(daemon(), { Cmd: ["false"], HostConfig });
    await eventually("two restarts", async () => (await inspect(daemon(), other)).RestartCount >= 2);
    const states = await Promise.all(ids.map(async (id) => (await inspect(daemon(), id)).State.Status));
    expect(states).toEqual(ids.map(() => "exited"));
    await remove(daemon(), other, ...ids);
  });

  test("a new daemon starts `always` containers, and `unless-stopped` ones that were not stopped", async () => {
    const of = (Name: string) => ({ Cmd: ["sleep", "1000"], HostConfig: { RestartPolicy: { Name } } });
    const always = await run(daemon(), of("always"));
    const stopped = await run(daemon(), of("unless-stopped"));
    const killed = await run(daemon(), of("unless-stopped"));
    await post(daemon(), `/containers/${stopped}/stop?t=0`);
    await post(daemon(), `/containers/${always}/stop?t=0`);
    const { Pid } = (await inspect(daemon(), killed)).State;
    await daemon().stop("SIGKILL");
    process.kill(Pid, "SIGKILL");
    await daemon().start();
    await eventually("the restarts", async () => {
      const states = await Promise.all([always, killed].map((id) => inspect(daemon(), id)));
      return states.every(({ State }) => State.Status === "running");
    });
    expect((await inspect(daemon(), stopped)).State.Status).toBe("exited");
    await remove(daemon(), always, stopped, killed);
  });

  test("leaves processes alone that reuse a recorded PID after a reboot", async () => {
    const of = (Name: string) => ({ Cmd: ["sleep", "1000"], HostConfig: { RestartPolicy: { Name } } });
    const always = await run(daemon(), of("always"));
    const never = await run(daemon(), of("no"));
    const processes = [always, never].flatMap((id) =>
      ["monitor-pid", "pid"].map((file) =>
        Number(readFileSync(join(daemon().execRoot, "containers", id, file), "utf8")),
      ),
    );
    await daemon().stop("SIGKILL");
    for (const pid of processes) process.kill(pid, "SIGKILL");
    for (const directory of [daemon().execRoot, join(daemon().dataRoot, "containers")]) {
      await unmountAllUnder(directory);
    }
    rmSync(daemon().execRoot, { recursive: true });
    const database = new Database(join(daemon().dataRoot, "berth.db"));
    database.run("UPDATE containers SET state = json_set(state, '$.life.monitor.pid', ?)", [process.pid]);
    database.close();
    await daemon().start();
    await eventually("the restart", async () => (await inspect(daemon(), always)).State.Status === "running");
    expect((await inspect(daemon(), never)).State).toMatchObject({ Status: "exited", ExitCode: 137 });
    expect(daemon().log).not.toContain("failed to restore container network");
    await remove(daemon(), always, never);
  });
});

describe("a paused container whose exec root is missing", () => {
  const of = (Name: string) => ({ Cmd: ["sleep", "1000"], HostConfig: { RestartPolicy: { Name } } });

  /** Removes the exec root, as a reboot does, and calls `meanwhile` before the next daemon starts. */
  async function withoutExecRoot(meanwhile: () => void): Promise<void> {
    await daemon().stop("SIGKILL");
    meanwhile();
    for (const directory of [daemon().execRoot, join(daemon().dataRoot, "containers")]) {
      await unmountAllUnder(directory);
    }
    rmSync(daemon().execRoot, { recursive: true });
    await daemon().start();
  }

  async function paused(policy: string): Promise<{ id: string; pids: number[] }> {
    const id = await run(daemon(), of(policy));
    await post(daemon(), `/containers/${id}/pause`);
    const pids = ["monitor-pid", "pid"].map((file) =>
      Number(readFileSync(join(daemon().execRoot, "containers", id, file), "utf8")),
    );
    return { id, pids };
  }

  /** A frozen process does not end when it is killed. */
  function thaw(id: string): void {
    const files = { [`freezer/berth/${id}/freezer.state`]: "THAWED", [`berth/${id}/cgroup.freeze`]: "0" };
    for (const [file, value] of Object.entries(files)) {
      const path = join("/sys/fs/cgroup", file);
      if (existsSync(path)) writeFileSync(path, value);
    }
  }

  test.each([
    ["its processes with it", true],
    ["its processes still frozen", false],
  ])("%s: comes up as its policy says, and not paused", async (_, endsProcesses) => {
    const always = await paused("always");
    const never = await paused("no");
    const before = [...always.pids, ...never.pids];
    await withoutExecRoot(() => {
      if (!endsProcesses) return;
      for (const { id } of [always, never]) thaw(id);
      for (const pid of before) process.kill(pid, "SIGKILL");
    });
    const restarted = await eventually("the restart", async () => {
      const { State } = await inspect(daemon(), always.id);
      return State.Status === "running" ? State : undefined;
    });
    expect(before).not.toContain(restarted.Pid);
    expect((await inspect(daemon(), never.id)).State).toMatchObject({ Status: "exited", ExitCode: 137, Pid: 0 });
    expect(before.filter(isAlive)).toEqual([]);
    const { stdout } = await daemon().docker(["exec", always.id, "echo", "alive"]);
    expect(stdout).toBe("alive\n");
    await remove(daemon(), always.id, never.id);
  });
});

describe("health checks", () => {
  const second = 1_000_000_000;

  test("starting, unhealthy, healthy, with the probe's output", async () => {
    const id = await run(daemon(), {
      Cmd: ["sleep", "1000"],
      Healthcheck: { Test: ["CMD-SHELL", "echo looked; test -e /ok"], Interval: 2 * second, Retries: 1 },
    });
    expect((await inspect(daemon(), id)).State.Health?.Status).toBe("starting");
    const sick = await eventually("unhealthy", async () => {
      const { Health } = (await inspect(daemon(), id)).State;
      return Health?.Status === "unhealthy" ? Health : undefined;
    });
    expect(sick.FailingStreak).toBeGreaterThanOrEqual(1);
    expect(sick.Log[0]).toMatchObject({ ExitCode: 1, Output: "looked\n" });
    expect((await daemon().docker(["exec", id, "touch", "/ok"])).code).toBe(0);
    const well = await eventually("healthy", async () => {
      const { Health } = (await inspect(daemon(), id)).State;
      return Health?.Status === "healthy" ? Health : undefined;
    });
    expect(well.FailingStreak).toBe(0);
    expect(well.Log.length).toBeLessThanOrEqual(5);
    await remove(daemon(), id);
  });

  test("kills a probe after its timeout and counts it as failed", async () => {
    const id = await run(daemon(), {
      Cmd: ["sleep", "1000"],
      Healthcheck: { Test: ["CMD", "sleep", "60"], Interval: second / 5, Timeout: second / 2, Retries: 1 },
    });
    const { Health } = (
      await eventually("unhealthy", async () => {
        const found = await inspect(daemon(), id);
        return found.State.Health?.Status === "unhealthy" ? found : undefined;
      })
    ).State;
    expect(Health?.Log.at(-1)).toMatchObject({ ExitCode: -1, Output: "Health check exceeded timeout (500ms)" });
    await remove(daemon(), id);
  });

  test("wait for healthy", async () => {
    const id = await create(daemon(), {
      Cmd: ["sleep", "1000"],
      Healthcheck: { Test: ["CMD", "true"], Interval: second / 5 },
    });
    await post(daemon(), `/containers/${id}/start`);
    const answer = await daemon().request("POST", `/containers/${id}/wait?condition=healthy`);
    expect(await answer.json()).toEqual({ StatusCode: 0 });
    await remove(daemon(), id);
  });
});
