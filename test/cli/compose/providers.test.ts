// Provider services, and the engine's socket in a container.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

const directory = mkdtempSync(join(tmpdir(), "berth-compose-providers-"));
let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(async () => {
  await daemon?.dispose();
  rmSync(directory, { recursive: true, force: true });
});

test("a provider's variables reach its dependants; the socket is there", async () => {
  writeFileSync(
    join(directory, "provide"),
    `#!/bin/sh
echo "$@" >> ${directory}/calls
[ "$2" = metadata ] && exit 1
echo '{"type": "info", "message": "working"}'
echo '{"type": "setenv", "message": "URL=http://provided"}'
echo '{"type": "rawsetenv", "message": "PLAIN=1"}'
`,
    { mode: 0o755 },
  );
  writeFileSync(
    join(directory, "compose.yaml"),
    `name: provided
services:
  database: {provider: {type: ${directory}/provide, options: {size: [1, 2]}}}
  app:
    image: busybox
    command: sh -c 'echo $$DATABASE_URL $$PLAIN; test -S /var/run/docker.sock && echo socket'
    depends_on: [database]
    use_api_socket: true
`,
  );
  const compose = (...argv: string[]) =>
    daemon.berth(["compose", ...argv], {
      cwd: directory,
      env: { PWD: directory, PATH: `${directory}:${process.env.PATH}` },
    });
  const up = await compose("up", "--no-log-prefix");
  expect(up.stdout).toContain("http://provided 1\nsocket\n");
  expect((await compose("down")).code).toBe(0);
  expect(readFileSync(join(directory, "calls"), "utf8")).toBe(
    [
      "compose metadata",
      "compose --project-name=provided up --size=1 --size=2 database",
      "compose metadata",
      "compose --project-name=provided down --size=1 --size=2 database",
      "",
    ].join("\n"),
  );
});
