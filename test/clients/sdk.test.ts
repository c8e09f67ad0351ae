// The SDK: runs the six example programs of its documentation unchanged.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command, eventually } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";

const examples = join(import.meta.dir, "..", "..", "examples");

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
  await daemon.berth(["run", "-d", "--name", "web", "busybox", "sleep", "1000"]);
});

afterAll(() => daemon?.dispose());

const run = (program: string, ...words: string[]) =>
  command([process.execPath, join(examples, program), ...words], {
    env: daemon.clientEnvironment,
    cwd: daemon.directory,
  });

test("list-containers", async () => {
  const { stdout } = await run("list-containers.ts");
  expect(stdout).toMatch(/^[0-9a-f]{12} web busybox Up /);
});

test("run-a-command", async () => {
  expect(await run("run-a-command.ts", "busybox", "sh", "-c", "echo out; echo err >&2; exit 3")).toEqual({
    code: 3,
    stdout: "out\n",
    stderr: "err\n",
  });
});

test("follow-events", async () => {
  const known = daemon.log.length;
  const child = Bun.spawn([process.execPath, join(examples, "follow-events.ts"), "600"], {
    env: { ...process.env, ...daemon.clientEnvironment },
    stdout: "pipe",
  });
  let output = "";
  const reading = (async () => {
    for await (const chunk of child.stdout) output += Buffer.from(chunk).toString();
  })();
  await eventually("the engine to be asked", () => daemon.log.slice(known).includes("/events"));
  await daemon.berth(["restart", "-t", "0", "web"]);
  await eventually("what happened", () => /container die web\n.*container start web\n/s.test(output));
  child.kill();
  await reading;
});

test("follow-events ends by itself", async () => {
  expect(await run("follow-events.ts", "0")).toMatchObject({ code: 0, stderr: "" });
});

test("exec-with-input", async () => {
  expect((await run("exec-with-input.ts", "web")).stdout).toBe("WRITTEN BY THE PROGRAM\nexit code 0\n");
});

test("copy-a-file", async () => {
  expect((await run("copy-a-file.ts", "web", "/etc/passwd", "passwd.tar")).stdout).toMatch(/^passwd: \d+ bytes/);
  const { stdout } = await command(["tar", "-tf", join(daemon.directory, "passwd.tar")]);
  expect(stdout).toBe("passwd\n");
});

test("build-an-image", async () => {
  const context = join(daemon.directory, "context");
  mkdirSync(context);
  writeFileSync(
    join(context, "Dockerfile"),
    "FROM busybox\nARG BY\nRUN echo $BY > /by\nCOPY file /\nCMD cat /by /file\n",
  );
  writeFileSync(join(context, "file"), "of the context\n");
  const { stdout } = await run("build-an-image.ts", context, "mine:1");
  expect(stdout).toMatch(/^Step 1\/5 : FROM busybox\n[\s\S]*\nSuccessfully tagged mine:1\n$/);
  expect((await daemon.berth(["run", "--rm", "mine:1"])).stdout).toBe("berth\nof the context\n");
  writeFileSync(join(context, "Dockerfile"), "FROM busybox\nRUN exit 3\n");
  expect(await run("build-an-image.ts", context)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("The command '/bin/sh -c exit 3' returned a non-zero code: 3"),
  });
});
