// Containers with a hanging runtime or monitor: others are unaffected, it is reported, and they can be removed.
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../support/command.ts";
import { create, inspect, post, remove, run, sharedDaemon } from "./support.ts";

/** A runtime that stops itself in the operation named by a file next to it. */
const directory = mkdtempSync(join(tmpdir(), "hanging-runtime-"));
const runtime = join(directory, "hanging");
const hangsIn = join(directory, "verb");
writeFileSync(
  runtime,
  `#!/bin/sh\nfor word in "$@"; do [ "$word" != "$(cat ${hangsIn})" ] || kill -STOP $$; done\nexec crun "$@"\n`,
);
chmodSync(runtime, 0o755);
writeFileSync(hangsIn, "");

const daemon = sharedDaemon({ runtimes: { hanging: { path: runtime } } });
const sleeper = { Cmd: ["sleep", "1000"] };
const hanging = { ...sleeper, HostConfig: { Runtime: "hanging" } };

async function statusOf(id: string): Promise<string> {
  const filters = encodeURIComponent(JSON.stringify({ id: [id] }));
  const list: { Status: string }[] = JSON.parse(
    await (await daemon().request("GET", `/containers/json?all=1&filters=${filters}`)).text(),
  );
  return list[0]?.Status ?? "";
}

describe("a runtime that does not return", () => {
  for (const verb of ["create", "start"]) {
    test(`from ${verb}: others are not affected, it is shown, and forced removal works`, async () => {
      writeFileSync(hangsIn, verb);
      const id = await create(daemon(), hanging);
      const starting = daemon().request("POST", `/containers/${id}/start`);
      const other = await run(daemon(), sleeper);
      await eventually("the operation to be shown", async () => (await statusOf(id)).endsWith("(unresponsive)"));
      expect((await inspect(daemon(), id)).State.Unresponsive).toMatchObject({ Operation: verb });
      await post(daemon(), `/containers/${other}/stop?t=0`);
      writeFileSync(hangsIn, "");
      expect((await daemon().request("DELETE", `/containers/${id}?force=1`)).status).toBe(204);
      expect((await starting).ok).toBe(false);
      expect((await daemon().request("GET", `/containers/${id}/json`)).status).toBe(404);
      await remove(daemon(), other);
    });
  }

  test("from pause: the request times out, and the container keeps running", async () => {
    const id = await run(daemon(), hanging);
    writeFileSync(hangsIn, "pause");
    const pausing = daemon().request("POST", `/containers/${id}/pause`);
    await eventually("the operation to be shown", async () => (await statusOf(id)).endsWith("(unresponsive)"));
    expect((await pausing).status).toBe(500);
    writeFileSync(hangsIn, "");
    expect((await inspect(daemon(), id)).State).toMatchObject({ Status: "running" });
    expect((await inspect(daemon(), id)).State.Unresponsive).toBeUndefined();
    await remove(daemon(), id);
  });
});

test("reports a stopped monitor; its container can be stopped and removed", async () => {
  const id = await run(daemon(), sleeper);
  const monitor = Number(readFileSync(join(daemon().execRoot, "containers", id, "monitor-pid"), "utf8"));
  process.kill(monitor, "SIGSTOP");
  await eventually("the monitor to be found out", async () => (await statusOf(id)).endsWith("(unresponsive)"));
  expect((await inspect(daemon(), id)).State.Unresponsive).toMatchObject({ Operation: "monitor" });
  await post(daemon(), `/containers/${id}/kill`);
  expect((await inspect(daemon(), id)).State).toMatchObject({ Status: "exited", ExitCode: 137 });
  await remove(daemon(), id);
  rmSync(directory, { recursive: true, force: true });
});
