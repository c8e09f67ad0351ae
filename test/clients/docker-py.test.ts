// docker-py from Debian: an older client that requests API 1.41 and opens some streams without an Upgrade header.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { command } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { lacks } from "../support/requirement.ts";

const installed = existsSync("/usr/lib/python3/dist-packages/docker");

describe.skipIf(lacks("docker-py", installed))("docker-py", () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
  });

  afterAll(() => daemon?.dispose());

  async function scenario(name: string): Promise<unknown> {
    const program = join(import.meta.dir, "python", "docker_py.py");
    const result = await command(["/usr/bin/python3", program, name], { env: daemon.clientEnvironment });
    if (result.code !== 0) throw new Error(result.stderr);
    return JSON.parse(result.stdout);
  }

  const expected: [name: string, result: unknown][] = [
    ["information", { ping: true, os: "linux" }],
    ["run", { output: "hello\n", failure: [4, "oops\n"] }],
    ["life_cycle", { names: ["py-life"], paused: "paused", code: 137, left: 0 }],
    ["execute", { code: 6, out: "out\n", err: "err\n", streamed: "1\n2\n3\n", echoed: "typed\n" }],
    ["logs", { everything: ["one", "two"], lines: ["one\n", "two\n"], errors: "two\n" }],
    ["archives", { name: "group", code: 0 }],
    ["networks_and_volumes", { networks: ["py-net"], mounts: ["py-volume"] }],
    ["ports", { published: true }],
    ["images", { tagged: true, names: ["busybox:latest", "py-busybox:1"], missing: true }],
    [
      "build",
      {
        ...{
          tags: ["py-built:1"],
          label: "py",
          cached: true,
          target: true,
          output: "hello\nDockerfile\nsent\n",
          left: 0,
        },
        failure: ["The command '/bin/sh -c echo oops; exit 3' returned a non-zero code: 3", true],
      },
    ],
    ["statistics", { pids: 1, memory: true }],
  ];
  test.each(expected)("%s", async (name, result) => {
    expect(await scenario(name)).toEqual(result);
  });
});
