// `compose watch`: edited files reach the containers.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { berthCommand, startDaemon, type TestDaemon } from "../../support/daemon.ts";

const directory = mkdtempSync(join(tmpdir(), "berth-compose-watch-"));
let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  rmSync(directory, { recursive: true, force: true });
});

const compose = async (...argv: string[]): Promise<string> =>
  (await daemon.berth(["compose", ...argv], { cwd: directory, env: { PWD: directory } })).stdout;

test("sync, sync+exec, restart, rebuild, what is ignored, and initial files", async () => {
  writeFileSync(
    join(directory, "compose.yaml"),
    `name: watched
services:
  app:
    image: busybox
    init: true
    stop_grace_period: 1s
    command: sh -c 'date +%s%N > /started; exec sleep 1000'
    develop:
      watch:
        - {action: sync, path: ./src, target: /src, ignore: [node_modules/], initial_sync: true}
        - {action: sync+exec, path: ./config, target: /config, exec: {command: sh -c 'echo reloading; cat /config/* > /reloaded'}}
        - {action: sync, path: ./late, target: /late}
        - {action: sync, path: ./settings, target: /settings}
        - {action: restart, path: ./restart.txt}
  built:
    build: {context: ./built}
    init: true
    stop_grace_period: 1s
    command: sleep 1000
    develop: {watch: [{action: rebuild, path: ./built}]}
`,
  );
  for (const path of ["src/node_modules", "config", "built"]) mkdirSync(join(directory, path), { recursive: true });
  const write = (path: string, text: string) => writeFileSync(join(directory, path), text);
  write("src/first", "1");
  write("restart.txt", "1");
  write("settings", "1");
  write("built/Dockerfile", "FROM busybox\nCOPY version /version\n");
  write("built/version", "1");
  const watch = Bun.spawn([...berthCommand, "compose", "watch", "--quiet"], {
    cwd: directory,
    env: { ...process.env, ...daemon.clientEnvironment, PWD: directory },
    stdout: "pipe",
    stderr: "inherit",
  });
  let said = "";
  const reading = (async () => {
    for await (const chunk of watch.stdout) said += Buffer.from(chunk).toString();
  })();
  const inside = (service: string, ...argv: string[]) => compose("exec", "-T", service, ...argv);
  await eventually("the watch", () => said.includes("Watch enabled"));
  expect(await inside("app", "cat", "/src/first")).toBe("1");
  write("src/second", "2");
  write("src/node_modules/left-out", "");
  await eventually("a new file", async () => (await inside("app", "cat", "/src/second")) === "2");
  rmSync(join(directory, "src/second"));
  await eventually("a file to go", async () => (await inside("app", "ls", "/src")) === "first\n");
  write("config/a", "loaded");
  await eventually("the command after a sync", async () => (await inside("app", "cat", "/reloaded")) === "loaded");
  await eventually("the command's output", () => said.includes("reloading\n"));
  mkdirSync(join(directory, "src/empty"));
  await eventually("an empty directory", async () => (await inside("app", "ls", "/src")) === "empty\nfirst\n");
  mkdirSync(join(directory, "late"));
  write("late/file", "late");
  await eventually("a path that did not exist", async () => (await inside("app", "cat", "/late/file")) === "late");
  write("settings.new", "2");
  renameSync(join(directory, "settings.new"), join(directory, "settings"));
  await eventually("a replaced file", async () => (await inside("app", "cat", "/settings")) === "2");
  write("settings.new", "3");
  renameSync(join(directory, "settings.new"), join(directory, "settings"));
  await eventually("it to be replaced again", async () => (await inside("app", "cat", "/settings")) === "3");
  const started = await inside("app", "cat", "/started");
  write("restart.txt", "2");
  await eventually("a restart", async () => !["", started].includes(await inside("app", "cat", "/started")));
  write("built/version", "2");
  await eventually("a new build", async () => (await inside("built", "cat", "/version")) === "2");
  watch.kill("SIGINT");
  expect(await watch.exited).toBe(130);
  await reading;
  await compose("down", "-t", "0", "--rmi", "local");
});
