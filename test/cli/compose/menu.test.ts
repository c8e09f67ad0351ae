// The menu of `up` at a terminal, and its keys.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { ComposeProject } from "../../support/compose-project.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

const TALKER = `image: busybox
    init: true
    stop_grace_period: 1s
    command: sh -c 'echo started; exec sleep 1000'`;

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

const up = (project: ComposeProject, argv: readonly string[] = [], env: Record<string, string> = {}) =>
  daemon.terminal("berth", ["compose", "up", ...argv], {
    cwd: project.directory,
    env: { PWD: project.directory, ...env },
  });

const plain = (output: string): string => Bun.stripANSI(output);

test("the menu is in the last line; d detaches and leaves the containers running", async () => {
  await using project = new ComposeProject(daemon, {
    "compose.yaml": `name: menu1\nservices:\n  app:\n    ${TALKER}\n`,
  });
  await using terminal = up(project);
  await terminal.expect("app-1  | ");
  await terminal.expect("\x1b[24;1H");
  await terminal.expect("Enable Watch");
  await terminal.expect("Detach");
  terminal.type("w");
  await terminal.expect("watch is not yet configured. Learn more: ");
  terminal.type("d");
  expect(await terminal.exited()).toBe(0);
  expect(await project.must(["ps", "--services"])).toBe("app\n");
});

test("w starts and stops watching; Ctrl-C removes the menu and stops the containers", async () => {
  await using project = new ComposeProject(daemon, {
    "compose.yaml": `name: menu2
services:
  app:
    ${TALKER}
    develop: {watch: [{path: ./files, action: sync, target: /files}]}
`,
    "files/a": "a",
  });
  await using terminal = up(project);
  await terminal.expect("started");
  await terminal.expect("Enable Watch");
  terminal.type("w");
  await terminal.expect("Watch enabled");
  await terminal.expect("Disable Watch");
  project.write(join("files", "b"), "b");
  await terminal.expect('Syncing service "app" after 1 changes were detected');
  terminal.type("w");
  await terminal.expect("Watch disabled");
  await terminal.expect("Enable Watch");
  terminal.type("\x03");
  await terminal.expect("Gracefully Stopping");
  expect(await terminal.exited()).toBe(130);
  expect(plain(terminal.output).split("Gracefully Stopping")[1]).not.toContain("Enable Watch");
});

test.each([
  [[], { COMPOSE_MENU: "false" }],
  [["--menu=false"], { COMPOSE_MENU: "true" }],
])("%j with %j shows no menu", async (argv, env) => {
  await using project = new ComposeProject(daemon, {
    "compose.yaml": "name: menu3\nservices: {app: {image: busybox, command: echo over}}\n",
  });
  await using terminal = up(project, argv, env);
  expect(await terminal.exited()).toBe(0);
  expect(plain(terminal.output)).toContain("app-1  | over");
  expect(terminal.output).not.toContain("Enable Watch");
});
