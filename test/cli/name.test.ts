// Berth installed as `docker`: its messages use that name, exactly as Docker's.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { command } from "../support/command.ts";
import { berthCommand, dockerRelease, startDaemon, type TestDaemon } from "../support/daemon.ts";
import { lacks } from "../support/requirement.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

/** argv[0] selects the program's name. */
const asDocker = (line: string[]) =>
  command(["bash", "-c", 'exec -a docker "$0" "$@"', ...berthCommand, ...line], { env: daemon.clientEnvironment });

describe
  .skipIf(lacks("release 28 of the docker command", (await dockerRelease()) === 28))
  .each([
    [["run"]],
    [["run", "--nonsense"]],
    [["run", "--rm", "busybox", "nosuchprogram"]],
    [["run", "--rm", "--restart", "always", "busybox"]],
    [["create", "--memory", "nonsense", "busybox"]],
    [["ps", "x"]],
    [["image", "rm"]],
    [["help", "nonsense"]],
    [["container", "--help"]],
    [["network", "--nonsense"]],
    [["system", "nonsense"]],
    [["inspect", "nosuch"]],
    [["context", "use", "nosuch"]],
  ])("docker %j", (line) => {
  test("is answered as by Docker's command", async () => {
    const { code, stdout, stderr } = await asDocker(line);
    const docker = await command(["docker", ...line], { env: daemon.clientEnvironment });
    expect(code).toBe(docker.code);
    expect(stdout).toBe(docker.stdout);
    // Below Docker's lines Berth names the nearest match.
    expect(stderr.replace(/\n\nDid you mean .*/, "")).toBe(docker.stderr);
  });
});

test("prints its version under that name", async () => {
  expect((await asDocker(["--version"])).stdout).toMatch(/^Docker version \d+\.\d+\.\d+\n$/);
});
