// Docker CLI plugins: found by name, run with all arguments and Berth's engine, exit code passed on.
import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "../support/command.ts";
import { berthCommand } from "../support/daemon.ts";

const script = `#!/bin/sh
echo "line: $*"
echo "engine: $DOCKER_HOST"
[ "$2" = die ] && kill -TERM $$
exit 7
`;

function configDirectory(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "berth-plugins-"));
  mkdirSync(join(path, "cli-plugins"));
  const plugin = join(path, "cli-plugins", "docker-greet");
  writeFileSync(plugin, script);
  chmodSync(plugin, 0o755);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test.each([
  [["greet", "a", "-b"], {}, "line: greet a -b\nengine: unix:///run/berth.sock\n", 7],
  [["greet"], { BERTH_HOST: "unix:///b" }, "line: greet\nengine: unix:///b\n", 7],
  [["-D", "greet"], {}, "line: -D greet\nengine: unix:///run/berth.sock\n", 7],
  [["greet", "die"], {}, "line: greet die\nengine: unix:///run/berth.sock\n", 143],
])("%j with %j", async (line, variables, stdout, code) => {
  using config = configDirectory();
  const env = { DOCKER_HOST: "", BERTH_HOST: "", DOCKER_CONFIG: config.path, ...variables };
  expect(await command([...berthCommand, ...line], { env })).toMatchObject({ stdout, code });
});

test("a missing plugin is an unknown command", async () => {
  using config = configDirectory();
  const { code, stderr } = await command([...berthCommand, "great"], { env: { DOCKER_CONFIG: config.path } });
  expect(code).toBe(1);
  expect(stderr).toStartWith("berth: unknown command: berth great\n");
});
