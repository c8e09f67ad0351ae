// testcontainers, which many projects' tests use, on Node.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { command } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { lacks } from "../support/requirement.ts";

const folder = join(import.meta.dir, "node");
const installed = existsSync(join(folder, "node_modules", "testcontainers")) && Bun.which("node") !== null;
const DEADLINE = 120_000;

describe.skipIf(lacks("the npm packages of test/clients/node", installed))("testcontainers", () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
  });

  afterAll(() => daemon?.dispose());

  const expected: [name: string, result: unknown][] = [
    ["waiting", { pages: ["a page\n", "a page\n"] }],
    ["network", { output: "a page\n", exitCode: 0 }],
    [
      "commands",
      {
        ...{ stdout: "out\n", stderr: "err\n", code: 3 },
        ...{ output: "/tmp\n12\n65534\n", copied: "copied\n640\n", after: "copied\n" },
      },
    ],
    ["dockerfile", { output: "built\nextra\n" }],
    ["logs", { text: "one\ntwo\n" }],
  ];
  test.each(expected)(
    "%s",
    async (name, result) => {
      // Its reaper is an image of Docker Hub's.
      const env = { ...daemon.clientEnvironment, TESTCONTAINERS_RYUK_DISABLED: "true" };
      const { code, stdout, stderr } = await command(["node", "testcontainers.mjs", name], { cwd: folder, env });
      if (code !== 0) throw new Error(stderr);
      expect(JSON.parse(stdout)).toEqual(result);
      expect(await daemon.call("GET", "/containers/json?all=1")).toEqual([]);
    },
    DEADLINE,
  );
});
