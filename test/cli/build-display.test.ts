// Progress output and results of `berth build` with the BuildKit-style builder.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandResult } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";

const env = { DOCKER_BUILDKIT: "1" };
let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

function contextOf(dockerfile: string): string {
  mkdirSync(join(daemon.directory, "contexts"), { recursive: true });
  const context = mkdtempSync(join(daemon.directory, "contexts", "context-"));
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  return context;
}

const build = (context: string, ...words: string[]): Promise<CommandResult> =>
  daemon.berth(["build", ...words, context], { env });

test("plain progress: numbered steps when the output is not a terminal", async () => {
  const context = contextOf("FROM busybox\nRUN echo told\nCMD echo x\n");
  const { code, stderr } = await build(context, "-t", "shown");
  expect(code).toBe(0);
  expect(stderr).toMatch(/^#\d+ \[2\/2\] RUN echo told\n#\d+ \d+\.\d{3} told\n#\d+ DONE \d+\.\ds$/m);
  expect(stderr).toContain(" 1 warning found:\n - JSONArgsRecommended: ");
  const again = await build(context);
  expect(again.stderr).toMatch(/^#\d+ \[2\/2\] RUN echo told\n#\d+ CACHED$/m);
});

test("shows a failed step's output and its Dockerfile lines", async () => {
  const { code, stderr } = await build(contextOf("FROM busybox\nRUN echo told; exit 4\n"));
  expect(code).toBe(1);
  expect(stderr).toMatch(/------\n > \[2\/2\] RUN echo told; exit 4:\n\d+\.\d{3} told\n------\nDockerfile:2\n-+\n/);
  expect(stderr).toEndWith(
    'ERROR: failed to build: failed to solve: process "/bin/sh -c echo told; exit 4" did not complete successfully: exit code: 4\n',
  );
});

test("shows running steps and their output at a terminal", async () => {
  const context = contextOf("FROM busybox\nRUN echo begun; sleep 1000\n");
  await using terminal = daemon.terminal("berth", ["build", context], { env });
  await terminal.expect(" => => # begun");
  terminal.type("\x03");
  expect(await terminal.exited()).toBe(130);
});

test("--quiet prints only the ID, --metadata-file writes the result", async () => {
  const file = join(daemon.directory, "metadata.json");
  const { code, stdout, stderr } = await build(contextOf("FROM busybox\nRUN true\n"), "-q", "--metadata-file", file);
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/),
    stderr: "",
  });
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ "containerimage.digest": stdout.trim() });
});

test("--progress rawjson prints events as JSON", async () => {
  const { code, stderr } = await build(contextOf("FROM busybox\nRUN echo x > /x\n"), "--progress", "rawjson");
  expect(code).toBe(0);
  const events = stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events).toContainEqual({ vertexes: [expect.objectContaining({ name: "[2/2] RUN echo x > /x" })] });
});

test("--call prints checks and targets instead of building", async () => {
  const context = contextOf("# small what it is for\nFROM busybox AS small\nMAINTAINER me\n");
  const checked = await build(context, "--check");
  expect({ code: checked.code, stdout: checked.stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(/^Check complete, 1 warning has been found!\n\nWARNING: MaintainerDeprecated - /),
  });
  const targets = await build(context, "--call", "targets");
  expect(targets).toMatchObject({ code: 0, stdout: "TARGET          DESCRIPTION\nsmall (default) what it is for\n" });
});

test("a named context replaces an image", async () => {
  const context = contextOf("FROM nowhere.invalid/base\nRUN echo built\n");
  const { code } = await build(context, "--build-context", "nowhere.invalid/base=docker-image://busybox");
  expect(code).toBe(0);
});
