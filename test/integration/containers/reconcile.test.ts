// Containers whose record disagrees with the kernel's state: handling by a new daemon and by clients.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../../src/linux/process.ts";
import { eventually } from "../../support/command.ts";
import { create, inspect, messageOf, post, remove, run, sharedDaemon, statusOf } from "./support.ts";

const daemon = sharedDaemon();
const sleeper = { Cmd: ["sleep", "1000"] };

interface FreezerFiles {
  control: string;
  frozen: string;
  thawed: string;
}

function freezerOf(id: string): FreezerFiles {
  const [version1, version2] = [
    { control: `/sys/fs/cgroup/freezer/berth/${id}/freezer.state`, frozen: "FROZEN", thawed: "THAWED" },
    { control: `/sys/fs/cgroup/berth/${id}/cgroup.freeze`, frozen: "1", thawed: "0" },
  ];
  return existsSync(version1.control) ? version1 : version2;
}

const freeze = (id: string): void => writeFileSync(freezerOf(id).control, freezerOf(id).frozen);
const thaw = (id: string): void => writeFileSync(freezerOf(id).control, freezerOf(id).thawed);
const isFrozen = (id: string): boolean => readFileSync(freezerOf(id).control, "utf8").trim() !== freezerOf(id).thawed;

/** Starts a new daemon after the record was changed and `meanwhile` has changed the kernel's state. */
async function restartWith(id: string, life: Record<string, unknown>, meanwhile: () => void): Promise<void> {
  await daemon().stop("SIGKILL");
  const database = new Database(join(daemon().dataRoot, "berth.db"));
  database.run(
    "UPDATE containers SET state = json_set(state, '$.life', json_patch(state -> '$.life', ?)) WHERE id = ?",
    [JSON.stringify(life), id],
  );
  database.close();
  meanwhile();
  await daemon().start();
}

const execWorks = async (id: string): Promise<boolean> =>
  (await daemon().docker(["exec", id, "echo", "alive"])).stdout === "alive\n";

describe("a daemon killed while freezing or thawing", () => {
  test.each<[string, Record<string, unknown>, boolean, string]>([
    ["a pause before the kernel froze", { freezing: "client" }, false, "running"],
    ["a pause after the kernel froze", { freezing: "client" }, true, "paused"],
    ["a commit before the kernel froze", { freezing: "engine" }, false, "running"],
    ["a commit after the kernel froze", { freezing: "engine" }, true, "running"],
    ["a commit that had frozen it", { status: "paused", frozenBy: "engine" }, true, "running"],
    ["an unpause before the kernel thawed", { status: "paused", frozenBy: "client", thawing: true }, true, "running"],
    ["an unpause after the kernel thawed", { status: "paused", frozenBy: "client", thawing: true }, false, "running"],
    ["nothing, and somebody froze it", {}, true, "running"],
    ["nothing, and somebody thawed it", { status: "paused", frozenBy: "client" }, false, "running"],
  ])("%s", async (_, life, frozen, status) => {
    const id = await run(daemon(), sleeper);
    await restartWith(id, life, () => (frozen ? freeze(id) : undefined));
    expect((await inspect(daemon(), id)).State.Status).toBe(status);
    expect(isFrozen(id)).toBe(status === "paused");
    if (status === "paused") await post(daemon(), `/containers/${id}/unpause`);
    expect(await execWorks(id)).toBe(true);
    await remove(daemon(), id);
  });
});

describe("a container that is frozen although it is recorded as running", () => {
  test.each<[string, string, string, string]>([
    ["unpause thaws it", "POST", "unpause", "running"],
    ["stop ends it", "POST", "stop?t=1", "exited"],
    ["kill ends it", "POST", "kill", "exited"],
    ["restart restarts it", "POST", "restart?t=1", "running"],
  ])("%s", async (_, method, verb, status) => {
    const id = await run(daemon(), sleeper);
    freeze(id);
    expect(await statusOf(daemon(), `/containers/${id}/${verb}`, method)).toBe(204);
    expect((await inspect(daemon(), id)).State.Status).toBe(status);
    if (status === "running") expect(await execWorks(id)).toBe(true);
    await remove(daemon(), id);
  });

  test("rm -f removes it", async () => {
    const id = await run(daemon(), sleeper);
    freeze(id);
    expect(await statusOf(daemon(), `/containers/${id}?force=1`, "DELETE")).toBe(204);
    expect(await statusOf(daemon(), `/containers/${id}/json`, "GET")).toBe(404);
  });

  test("pause makes it paused", async () => {
    const id = await run(daemon(), sleeper);
    freeze(id);
    await post(daemon(), `/containers/${id}/pause`);
    expect((await inspect(daemon(), id)).State.Status).toBe("paused");
    expect(await messageOf(await daemon().request("POST", `/containers/${id}/pause`))).toContain("is already paused");
    await remove(daemon(), id);
  });
});

test("a paused container thawed from outside can be paused, unpaused and stopped", async () => {
  const id = await run(daemon(), sleeper);
  for (const verb of ["pause", "unpause", "kill"]) {
    await post(daemon(), `/containers/${id}/pause`);
    thaw(id);
    await post(daemon(), `/containers/${id}/${verb}`);
    expect((await inspect(daemon(), id)).State.Status).toBe({ pause: "paused", unpause: "running" }[verb] ?? "exited");
    if (verb === "pause") await post(daemon(), `/containers/${id}/unpause`);
  }
  await remove(daemon(), id);
});

describe("stops requested from an earlier daemon", () => {
  const stubborn = { Cmd: ["sh", "-c", "trap : TERM; while :; do sleep 0.1; done"] };
  const always = { HostConfig: { RestartPolicy: { Name: "always" } } };
  const ending = (reason: string) => ({ ending: { reason, killAt: new Date().toISOString() } });

  test("completes a stop, and the restart policy does not apply", async () => {
    const id = await run(daemon(), { ...stubborn, ...always });
    await restartWith(id, ending("stop"), () => {});
    await eventually("the end", async () => (await inspect(daemon(), id)).State.Status === "exited");
    expect(await inspect(daemon(), id)).toMatchObject({ State: { ExitCode: 137 }, RestartCount: 0 });
    await remove(daemon(), id);
  });

  test("a restart is completed", async () => {
    const id = await run(daemon(), stubborn);
    const { Pid } = (await inspect(daemon(), id)).State;
    await restartWith(id, ending("restart"), () => {});
    await eventually("the next run", async () => {
      const { State } = await inspect(daemon(), id);
      return State.Status === "running" && State.Pid !== Pid;
    });
    await remove(daemon(), id);
  });

  test("does not restart a stopped container that exited while no daemon ran", async () => {
    const id = await run(daemon(), { ...sleeper, ...always });
    const { Pid } = (await inspect(daemon(), id)).State;
    await restartWith(id, ending("stop"), () => process.kill(Pid, "SIGKILL"));
    expect((await inspect(daemon(), id)).State.Status).toBe("exited");
    await remove(daemon(), id);
  });
});

describe("a signal by a client", () => {
  const counts = { HostConfig: { RestartPolicy: { Name: "always" } } };
  const endsWithHangUp = { Cmd: ["sh", "-c", "trap 'exit 1' HUP; while :; do sleep 0.1; done"] };

  /** Until its shell has set the trap, the signal is lost. */
  const hangUp = (id: string): Promise<number> => statusOf(daemon(), `/containers/${id}/kill?signal=HUP`);

  test("requests a stop when the container has no stop signal", async () => {
    const id = await run(daemon(), { ...endsWithHangUp, ...counts });
    await eventually("the end", async () => {
      await hangUp(id);
      return (await inspect(daemon(), id)).State.Status === "exited";
    });
    await remove(daemon(), id);
  });

  test("is only a signal when the container has another stop signal", async () => {
    const id = await run(daemon(), { ...endsWithHangUp, ...counts, StopSignal: "SIGTERM" });
    await eventually("the restart", async () => {
      await hangUp(id);
      return (await inspect(daemon(), id)).RestartCount > 0;
    });
    await remove(daemon(), id);
  });
});

describe("a single container cannot keep the daemon from starting", () => {
  test("a container without its runtime is listed, fails to start with Docker's message, and can be removed", async () => {
    const id = await create(daemon(), sleeper);
    await daemon().stop();
    const database = new Database(join(daemon().dataRoot, "berth.db"));
    database.run("UPDATE containers SET spec = json_set(spec, '$.hostConfig.runtime', 'gone') WHERE id = ?", [id]);
    database.close();
    await daemon().start();
    expect((await inspect(daemon(), id)).State.Status).toBe("created");
    const refused = await daemon().request("POST", `/containers/${id}/start`);
    expect(await messageOf(refused)).toContain("unknown or invalid runtime name: gone");
    expect(await statusOf(daemon(), `/containers/${id}`, "DELETE")).toBe(204);
  });

  test("a container whose runtime is deleted while running can be stopped and removed", async () => {
    const id = await run(daemon(), sleeper);
    const { Pid } = (await inspect(daemon(), id)).State;
    await daemon().stop();
    const database = new Database(join(daemon().dataRoot, "berth.db"));
    database.run("UPDATE containers SET spec = json_set(spec, '$.hostConfig.runtime', 'gone') WHERE id = ?", [id]);
    database.close();
    await daemon().start();
    expect((await inspect(daemon(), id)).State.Pid).toBe(Pid);
    expect(await statusOf(daemon(), `/containers/${id}?force=1`, "DELETE")).toBe(204);
    expect(isAlive(Pid)).toBe(false);
  });

  test("an unreadable record is left alone, and its name stays in use", async () => {
    const [broken, other] = [await create(daemon(), sleeper, "broken"), await run(daemon(), sleeper)];
    await daemon().stop();
    const path = join(daemon().dataRoot, "berth.db");
    const write = (text: string): string => {
      const database = new Database(path);
      const row = database.query<{ state: string }, [string]>("SELECT state FROM containers WHERE id = ?").get(broken);
      database.run("UPDATE containers SET state = ? WHERE id = ?", [text, broken]);
      database.close();
      return row?.state ?? "";
    };
    const state = write('{"version":2}');
    await daemon().start();
    expect(await execWorks(other)).toBe(true);
    expect(await statusOf(daemon(), "/containers/broken/json", "GET")).toBe(404);
    expect(daemon().log).toContain("failed to read container record");
    expect(existsSync(join(daemon().dataRoot, "containers", broken))).toBe(true);
    await daemon().stop();
    write(state);
    await daemon().start();
    expect((await inspect(daemon(), "broken")).Id).toBe(broken);
    await remove(daemon(), broken, other);
  });

  test("a container that cannot be restored does not delay others", async () => {
    const [blocked, other] = [await run(daemon(), sleeper), await run(daemon(), sleeper)];
    await daemon().stop();
    const bundle = join(daemon().execRoot, "containers", blocked);
    renameSync(join(bundle, "attach"), join(bundle, "attach-moved"));
    mkdirSync(join(bundle, "attach"));
    await daemon().start();
    expect(await execWorks(other)).toBe(true);
    expect(await statusOf(daemon(), `/containers/${blocked}?force=1`, "DELETE")).toBe(204);
    await remove(daemon(), other);
  });
});
