// Container secrets: visible in the container only.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { statfsSync } from "node:fs";
import { join } from "node:path";
import { command, mustRun as mustRunProgram } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

const TMPFS_MAGIC = 0x01021994;
const VALUE = "hunter2-of-the-test";
const encoded = Buffer.from(VALUE).toString("base64");

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(() => daemon.dispose());

async function mustRun(...argv: string[]): Promise<string> {
  const result = await daemon.docker(argv);
  expect(result).toMatchObject({ code: 0 });
  return result.stdout.trim();
}

async function create(name: string, secrets: object[], script: string) {
  return daemon.request("POST", `/containers/create?name=${name}`, {
    Image: "busybox",
    Cmd: ["sh", "-c", script],
    HostConfig: { NetworkMode: "none", Secrets: secrets },
  });
}

test("is a read-only file with the requested owner and mode", async () => {
  const secrets = [
    { Name: "password", Value: encoded },
    { Name: "key", Value: encoded, Target: "/etc/key", UID: 5, GID: 6, Mode: 0o400 },
  ];
  const script =
    "cat /run/secrets/password; echo; stat -c '%a %u:%g' /run/secrets/password /etc/key; echo x > /etc/key";
  expect(await create("reader", secrets, script)).toMatchObject({ status: 201 });
  const { stdout, stderr } = await daemon.docker(["start", "-a", "reader"]);
  expect(stdout.trim().split("\n")).toEqual([VALUE, "444 0:0", "400 5:6"]);
  expect(stderr).toContain("Read-only file system");
});

test("does not appear in inspect, events, logs or on disk", async () => {
  const shown = await mustRun("inspect", "reader");
  expect(JSON.parse(shown)[0].HostConfig.Secrets).toMatchObject([
    { Name: "password" },
    { Name: "key", Target: "/etc/key" },
  ]);
  const until = String(Date.now() / 1000);
  const events = await mustRun("events", "--since", "0", "--until", until, "--format", "{{json .}}");
  for (const text of [shown, events, daemon.log]) {
    expect(text).not.toContain(VALUE);
    expect(text).not.toContain(encoded);
  }
  // The container's own output went to its log, as any output does.
  await mustRunProgram(["find", daemon.dataRoot, "-name", "*.log", "-delete"]);
  for (const pattern of [VALUE, encoded]) {
    const found = await command(["grep", "-rlF", pattern, daemon.dataRoot, join(daemon.execRoot, "containers")]);
    expect(found.stdout).toBe("");
  }
  expect(statfsSync(join(daemon.execRoot, "secrets")).type).toBe(TMPFS_MAGIC);
});

test("survives the engine, is deleted with the container, and is reported when lost", async () => {
  await daemon.crashAndRestart();
  expect(await mustRun("start", "-a", "reader").catch(() => "")).toBeString();
  const id = await mustRun("inspect", "-f", "{{.Id}}", "reader");
  await mustRunProgram(["rm", "-r", join(daemon.execRoot, "secrets", id)]);
  const { stderr } = await daemon.docker(["start", "reader"]);
  expect(stderr).toContain('secret "password" is gone');
  await mustRun("rm", "reader");
  expect(await create("gone", [{ Name: "a", Value: encoded }], "true")).toMatchObject({ status: 201 });
  await mustRun("rm", "gone");
  expect((await mustRunProgram(["ls", join(daemon.execRoot, "secrets")])).trim()).toBe("");
});

test.each<[object, string]>([
  [{ Name: "a/b", Value: encoded }, 'invalid secret "a/b": a name has'],
  [{ Name: "a" }, 'invalid secret "a": its value is empty'],
  [{ Name: "a", Value: "%" }, 'invalid secret "a": its value is not base64'],
  [{ Name: "a", Value: encoded, Target: "../.." }, "destination can't be '/'"],
])("%j is refused", async (secret, message) => {
  const answer = await create("refused", [secret], "true");
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ message: expect.stringContaining(message) });
});
