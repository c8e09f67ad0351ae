// Scoped sockets: allow what they should, reject the rest, and hide other containers and secrets.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  for (const [name, app] of [
    ["mine", "x"],
    ["other", "y"],
  ]) {
    const made = await daemon.request("POST", `/containers/create?name=${name}`, {
      Image: "busybox",
      Cmd: ["sleep", "1000"],
      Env: ["PASSWORD=hunter2", "EMPTY"],
      Labels: { app },
    });
    expect(made.status).toBe(201);
  }
});
afterAll(() => daemon.dispose());

/** Creates a socket and returns a function that sends requests over it. */
async function makeSocket(request: Record<string, unknown>) {
  const made = await daemon.request("POST", "/berth/sockets/create", request);
  expect(made.status).toBe(201);
  const answer: unknown = await made.json();
  const path = answer instanceof Object && "Path" in answer ? String(answer.Path) : "";
  return { path, ask: (method: string, target: string) => fetch(`http://localhost${target}`, { unix: path, method }) };
}

const names = async (reply: Response) => {
  const list: unknown = await reply.json();
  return Array.isArray(list) ? list.flatMap((item) => item.Names) : list;
};

describe("a read-only socket", () => {
  test("allows reads, rejects everything else with 403 and a message", async () => {
    const { ask } = await makeSocket({ Name: "reader", Allow: ["read"] });
    expect(await names(await ask("GET", "/v1.47/containers/json?all=1"))).toEqual(["/other", "/mine"]);
    expect((await ask("GET", "/images/json")).status).toBe(200);
    expect((await ask("HEAD", "/_ping")).status).toBe(200);
    for (const [method, target] of [
      ["POST", "/containers/create"],
      ["POST", "/containers/mine/start"],
      ["POST", "/v1.41/containers/mine/exec"],
      ["DELETE", "/containers/mine"],
      ["GET", "/containers/mine/logs?stdout=1"],
      ["GET", "/events"],
      ["POST", "/containers/mine/attach"],
      ["POST", "/images/create?fromImage=busybox"],
      ["POST", "/volumes/create"],
    ] as const) {
      const reply = await ask(method, target);
      expect(reply.status).toBe(403);
      expect(await reply.json()).toEqual({ message: expect.stringContaining("the socket reader does not allow") });
    }
    expect((await ask("GET", "/berth/sockets")).status).toBe(404);
  });

  test("shows the names of environment variables, never their values", async () => {
    const { ask } = await makeSocket({ Name: "curious", Allow: ["read"] });
    const text = await (await ask("GET", "/containers/mine/json")).text();
    expect(text).toContain('"PASSWORD="');
    expect(text).not.toContain("hunter2");
    expect(await (await daemon.request("GET", "/containers/mine/json")).text()).toContain("PASSWORD=hunter2");
    // ps has an option for that, too.
    const top = await ask("GET", "/containers/mine/top?ps_args=auxeww");
    expect(top.status).toBe(403);
    expect(await top.json()).toEqual({ message: expect.stringContaining("does not allow ps_args") });
  });
});

describe("a socket with labels", () => {
  test("shows only containers with the labels", async () => {
    const { ask } = await makeSocket({ Name: "labelled", Allow: ["read", "control"], Labels: ["app=x"] });
    expect(await names(await ask("GET", "/containers/json?all=1"))).toEqual(["/mine"]);
    const filters = encodeURIComponent('{"label":["app=y"]}');
    expect(await names(await ask("GET", `/containers/json?all=1&filters=${filters}`))).toEqual([]);
    const older = encodeURIComponent('{"label":{"app":true}}');
    expect(await names(await ask("GET", `/containers/json?all=1&filters=${older}`))).toEqual(["/mine"]);
    expect((await ask("GET", "/containers/mine/json")).status).toBe(200);
    const stranger = await ask("GET", "/containers/other/json");
    expect(stranger.status).toBe(404);
    expect(await stranger.json()).toEqual({ message: "No such container: other" });
    expect((await ask("POST", "/containers/other/stop")).status).toBe(404);
    expect((await ask("POST", "/containers/mine/stop")).status).toBe(304);
    expect((await ask("GET", "/images/json")).status).toBe(403);
  });

  test("counts only these containers", async () => {
    const { ask } = await makeSocket({ Name: "counter", Allow: ["read"], Labels: ["app=x"] });
    const own = { Containers: 1, ContainersRunning: 0, ContainersPaused: 0, ContainersStopped: 1, Images: 0 };
    expect(await (await ask("GET", "/v1.40/info")).json()).toMatchObject(own);
    const { ask: askAll } = await makeSocket({ Name: "all", Allow: ["read"] });
    expect(await (await askAll("GET", "/info")).json()).toMatchObject({ Containers: 2, Images: 1 });
  });

  test("shows only their events", async () => {
    const { ask } = await makeSocket({ Name: "watcher", Allow: ["events"], Labels: ["app=x"] });
    const text = await (await ask("GET", `/events?since=1&until=${Math.ceil(Date.now() / 1000) - 1}`)).text();
    const reply = await ask("GET", `/events?since=1&until=${Date.now() / 1000}`);
    const seen = `${text}${await reply.text()}`;
    expect(seen).toContain('"name":"mine"');
    expect(seen).not.toContain('"name":"other"');
  });
});

test("create, list, restart, remove", async () => {
  const { path } = await makeSocket({ Name: "kept", Allow: ["read", "read"] });
  expect(statSync(path).mode & 0o777).toBe(0o660);
  await daemon.crashAndRestart();
  expect(await (await daemon.request("GET", "/berth/sockets/kept")).json()).toMatchObject({
    Name: "kept",
    Allow: ["read"],
  });
  expect((await fetch("http://localhost/_ping", { unix: path })).ok).toBe(true);
  await daemon.stop();
  expect(existsSync(path)).toBe(false);
  await daemon.start();
  expect((await fetch("http://localhost/_ping", { unix: path })).ok).toBe(true);
  expect((await daemon.request("DELETE", "/berth/sockets/kept")).status).toBe(204);
  expect(existsSync(path)).toBe(false);
  expect((await daemon.request("GET", "/berth/sockets/kept")).status).toBe(404);
});

test.each([
  [{ Name: "../x", Allow: ["read"] }, 400],
  [{ Name: "ok", Allow: [] }, 400],
  [{ Name: "ok", Allow: ["everything"] }, 400],
  [{ Name: "ok" }, 400],
  [{ Name: "ok", Allow: ["read"], Group: "nobody-knows-it" }, 400],
  [{ Name: "reader", Allow: ["read"] }, 409],
])("%j: %d", async (request, status) => {
  const reply = await daemon.request("POST", "/berth/sockets/create", request);
  expect(reply.status).toBe(status);
});

test("on the command line", async () => {
  const made = await daemon.berth(["socket", "create", "--allow", "read,logs", "--label", "app=x", "by-hand"]);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  const path = made.stdout.trim();
  const list = await daemon.berth(["socket", "ls", "--format", "{{.Name}} {{.Allow}} {{.Labels}}"]);
  expect(list.stdout).toContain("by-hand read,logs app=x\n");
  const seen = await daemon.berth(["ps", "-a", "--format", "{{.Names}}"], { env: { DOCKER_HOST: `unix://${path}` } });
  expect(seen).toMatchObject({ code: 0, stdout: "mine\n" });
  expect(await daemon.berth(["socket", "rm", "by-hand"])).toMatchObject({ code: 0, stdout: "by-hand\n" });
  expect(await daemon.berth(["socket", "create", "--allow", "all", "x1"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("a socket can allow read, events, logs, control"),
  });
});
