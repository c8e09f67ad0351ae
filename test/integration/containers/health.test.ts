// Health checks by connection, restarts of unhealthy containers, and health across pauses, stops and daemon restarts.
import { describe, expect, test } from "bun:test";
import { eventually } from "../../support/command.ts";
import { create, type Inspection, inspect, post, remove, run, sharedDaemon } from "./support.ts";

const daemon = sharedDaemon();
const second = 1_000_000_000;
const often = { Interval: second / 5, Retries: 2 };

async function healthy(id: string, status: string): Promise<NonNullable<Inspection["State"]["Health"]>> {
  return eventually(`${status} health`, async () => {
    const { Health } = (await inspect(daemon(), id)).State;
    return Health?.Status === status ? Health : undefined;
  });
}

async function eventsOf(id: string, since: number): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ container: [id] }));
  const answer = await daemon().request(
    "GET",
    `/events?since=${since}&until=${(Date.now() / 1000).toFixed(3)}&filters=${filters}`,
  );
  const lines = (await answer.text()).split("\n").filter(Boolean);
  return lines.map((line): string => JSON.parse(line).Action);
}

describe("probes that connect", () => {
  test("TCP: healthy while the port accepts connections", async () => {
    const id = await run(daemon(), {
      Cmd: ["sleep", "1000"],
      Healthcheck: { Test: ["TCP", "7000"], ...often },
    });
    const sick = await healthy(id, "unhealthy");
    expect(sick.Log.at(-1)).toMatchObject({ ExitCode: 1, Output: "connect: ECONNREFUSED" });
    await daemon().docker(["exec", "-d", id, "httpd", "-f", "-p", "7000"]);
    expect((await healthy(id, "healthy")).Log.at(-1)).toMatchObject({ ExitCode: 0, Output: "connected" });
    await daemon().docker(["exec", id, "killall", "httpd"]);
    await healthy(id, "unhealthy");
    await remove(daemon(), id);
  });

  test("HTTP: healthy by the status", async () => {
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", "mkdir /w; echo hi > /w/index.html; httpd -f -p 8080 -h /w"],
      Healthcheck: { Test: ["HTTP", "http://localhost:8080/index.html"], ...often },
    });
    expect((await healthy(id, "healthy")).Log.at(-1)).toMatchObject({ ExitCode: 0, Output: "HTTP/1.1 200 OK" });
    const missing = await run(daemon(), {
      Cmd: ["sh", "-c", "mkdir /w; httpd -f -p 8080 -h /w"],
      Healthcheck: { Test: ["HTTP", ":8080/nothing"], ...often },
    });
    expect((await healthy(missing, "unhealthy")).Log.at(-1)).toMatchObject({ Output: "HTTP/1.1 404 Not Found" });
    await remove(daemon(), id, missing);
  });

  test("start no process and publish no exec event", async () => {
    const since = Math.floor(Date.now() / 1000);
    const id = await run(daemon(), {
      Cmd: ["httpd", "-f", "-p", "7000"],
      Healthcheck: { Test: ["TCP", "127.0.0.1:7000"], ...often },
    });
    await healthy(id, "healthy");
    const actions = await eventsOf(id, since);
    expect(actions).toContain("health_status: healthy");
    expect(actions.filter((action) => action.startsWith("exec"))).toEqual([]);
    await remove(daemon(), id);
  });

  test("create refuses an address that cannot be probed", async () => {
    for (const [Test, says] of [
      [["TCP", "http"], 'invalid TCP health check "http": want "port" or "host:port"'],
      [["TCP", "99999"], 'invalid TCP health check "99999": want "port" or "host:port"'],
      [["TCP", "db:80"], 'invalid health check host "db": want an address or "localhost"'],
      [
        ["HTTP", "https://localhost/"],
        'invalid HTTP health check "https://localhost/": want "http://host[:port]/path"',
      ],
    ]) {
      const answer = await daemon().request("POST", "/containers/create", { Image: "busybox", Healthcheck: { Test } });
      expect([answer.status, JSON.parse(await answer.text()).message]).toEqual([400, says]);
    }
  });
});

test("restarts an unhealthy container by policy and shows the next attempt", async () => {
  const since = Math.floor(Date.now() / 1000);
  const id = await run(daemon(), {
    Cmd: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"],
    Healthcheck: { Test: ["TCP", "7000"], Interval: second / 10, Retries: 1 },
    HostConfig: {
      RestartPolicy: {
        Name: "no",
        OnUnhealthy: true,
        Backoff: { Initial: second, Maximum: 4 * second, Multiplier: 2 },
      },
    },
  });
  const waiting = await eventually("the pause before a restart", async () => {
    const found = await inspect(daemon(), id);
    return found.State.Status === "restarting" ? found : undefined;
  });
  expect(Date.parse(waiting.State.NextAttempt ?? "")).toBeGreaterThan(since * 1000);
  await eventually("the second restart", async () => (await inspect(daemon(), id)).RestartCount >= 2);
  await post(daemon(), `/containers/${id}/stop`);
  expect((await inspect(daemon(), id)).State.Status).toBe("exited");
  const actions = (await eventsOf(id, since)).filter((action) => !action.startsWith("exec"));
  expect(actions.slice(0, 7)).toEqual([
    "create",
    "start",
    "health_status: unhealthy",
    "kill",
    "die",
    "start",
    "health_status: unhealthy",
  ]);
  await remove(daemon(), id);
});

test("a paused or stopped container is unhealthy; a new run starts over and keeps the log", async () => {
  const id = await run(daemon(), { Cmd: ["sleep", "1000"], Healthcheck: { Test: ["CMD", "true"], ...often } });
  await healthy(id, "healthy");
  await post(daemon(), `/containers/${id}/pause`);
  expect((await inspect(daemon(), id)).State.Health?.Status).toBe("unhealthy");
  await post(daemon(), `/containers/${id}/unpause`);
  await healthy(id, "healthy");
  await post(daemon(), `/containers/${id}/stop?t=0`);
  const stopped = (await inspect(daemon(), id)).State.Health;
  expect(stopped?.Status).toBe("unhealthy");
  await post(daemon(), `/containers/${id}/start`);
  const started = (await inspect(daemon(), id)).State.Health;
  expect([started?.Status, started?.FailingStreak]).toEqual(["starting", 0]);
  expect(started?.Log.length).toBeGreaterThanOrEqual(stopped?.Log.length ?? 1);
  await remove(daemon(), id);
});

test("a new daemon continues with the recorded health", async () => {
  const id = await run(daemon(), { Cmd: ["sleep", "1000"], Healthcheck: { Test: ["CMD", "true"], ...often } });
  await healthy(id, "healthy");
  await daemon().crashAndRestart();
  expect((await inspect(daemon(), id)).State.Health?.Status).toBe("healthy");
  const before = (await inspect(daemon(), id)).State.Health?.Log.at(-1);
  await eventually("a further probe", async () => {
    const last = (await inspect(daemon(), id)).State.Health?.Log.at(-1);
    return JSON.stringify(last) !== JSON.stringify(before);
  });
  await remove(daemon(), id);
});

test("wait for healthy: also before the start; 1 when it becomes unhealthy or ends; refused without a health check", async () => {
  const wait = async (id: string): Promise<number> => {
    const answer = await daemon().request("POST", `/containers/${id}/wait?condition=healthy`);
    return JSON.parse(await answer.text()).StatusCode;
  };
  const well = await create(daemon(), { Cmd: ["sleep", "1000"], Healthcheck: { Test: ["CMD", "true"], ...often } });
  const sick = await create(daemon(), { Cmd: ["sleep", "1000"], Healthcheck: { Test: ["CMD", "false"], ...often } });
  const short = await create(daemon(), { Cmd: ["sleep", "1"], Healthcheck: { Test: ["CMD", "true"] } });
  const answers = Promise.all([well, sick, short].map(wait));
  await Promise.all([well, sick, short].map((id) => post(daemon(), `/containers/${id}/start`)));
  expect(await answers).toEqual([0, 1, 1]);
  const plain = await run(daemon(), { Cmd: ["sleep", "1000"] });
  expect((await daemon().request("POST", `/containers/${plain}/wait?condition=healthy`)).status).toBe(409);
  await remove(daemon(), well, sick, short, plain);
});
