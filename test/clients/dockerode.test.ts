// dockerode, the usual Docker client of Node programs, on Node.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { command } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { lacks } from "../support/requirement.ts";

const folder = join(import.meta.dir, "node");
const installed = existsSync(join(folder, "node_modules", "dockerode")) && Bun.which("node") !== null;

describe.skipIf(lacks("the npm packages of test/clients/node", installed))("dockerode", () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
  });

  afterAll(() => daemon?.dispose());

  async function scenario(name: string): Promise<unknown> {
    const result = await command(["node", "dockerode.mjs", name], { cwd: folder, env: daemon.clientEnvironment });
    if (result.code !== 0) throw new Error(result.stderr);
    return JSON.parse(result.stdout);
  }

  const expected: [name: string, result: unknown][] = [
    ["information", { ping: "OK", api: expect.stringMatching(/^1\.\d+$/), os: "linux" }],
    ["run", { code: 3, text: "hello\r\n" }],
    ["lifecycle", { running: true, listed: [[["/dockerode-life"], "running"]], paused: true, code: 137, gone: 404 }],
    ["exec", { stdout: "out\n", stderr: "err\n", code: 5 }],
    ["execHijacked", { stdout: "out\n", stderr: "err\n", code: 5 }],
    ["attach", { stdout: "through dockerode\n", stderr: "", code: 0 }],
    ["logs", { stdout: "one\nthree\n", stderr: "two\n", tail: "two\n" }],
    ["archive", { same: true }],
    ["events", { seen: ["create", "start", "kill", "die", "destroy"] }],
    ["networksAndVolumes", { mount: "dockerode-volume", networks: ["dockerode-net"] }],
    [
      "build",
      {
        isTold: true,
        tagged: "Successfully tagged node-built:latest\n",
        text: expect.stringContaining("of the context\n"),
      },
    ],
    [
      "errors",
      {
        container: [404, "No such container: nosuch"],
        image: [404, expect.stringContaining("No such image: nosuch:latest")],
        create: [404, "No such image: nosuch:latest"],
      },
    ],
  ];
  test.each(expected)("%s", async (name, result) => {
    expect(await scenario(name)).toEqual(result);
  });
});
