// `RUN --mount=type=ssh` with a real agent, forwarded by real clients.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildKitClient, buildKit, buildKitClients } from "../../support/buildkit-clients.ts";
import { eventually, mustRun } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { busyboxArchive, copyProgram } from "../../support/images.ts";
import { lacks } from "../../support/requirement.ts";

const hasAgent = Bun.which("ssh-agent") !== null;

let daemon: TestDaemon;
let directory: string;
let agent: Bun.Subprocess | undefined;
let fingerprint: string;
let env: Record<string, string>;

beforeAll(async () => {
  if (!hasAgent) return;
  directory = mkdtempSync(join(tmpdir(), "berth-ssh-"));
  const socket = join(directory, "agent");
  const key = join(directory, "key");
  agent = Bun.spawn(["ssh-agent", "-D", "-a", socket], { stdout: "ignore", stderr: "ignore" });
  env = { SSH_AUTH_SOCK: socket };
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);
  await eventually("the agent", () =>
    mustRun(["ssh-add", key], { env }).then(
      () => true,
      () => false,
    ),
  );
  fingerprint = (await mustRun(["ssh-keygen", "-l", "-f", key])).split(" ")[1] ?? "";
  daemon = await startDaemon();
  await daemon.importArchive(
    "sshbox",
    await busyboxArchive((root) => copyProgram("/usr/bin/ssh-add", "/usr/bin/ssh-add", root)),
  );
});

afterAll(async () => {
  agent?.kill();
  await daemon?.dispose();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

function contextOf(dockerfile: string): string {
  const context = mkdtempSync(join(directory, "context-"));
  writeFileSync(join(context, "Dockerfile"), dockerfile);
  return context;
}

/** `build` by one of the clients; the agent is in their environment. */
const build = (client: BuildKitClient | "berth", argv: readonly string[]) =>
  client === "berth"
    ? daemon.berth(["build", ...argv], { env: { ...env, DOCKER_BUILDKIT: "1" } })
    : buildKit(client, daemon, ["build", ...argv], { env });

describe.skipIf(lacks("ssh-agent", hasAgent)).each(["berth", ...buildKitClients] as const)("%s", (client) => {
  test("a step can use the client's SSH agent, also concurrently", async () => {
    const context = contextOf(`FROM sshbox
RUN --mount=type=ssh ssh-add -l > /one & ssh-add -l > /two; wait; grep -h SHA256 /one /two > /keys
RUN echo "\${SSH_AUTH_SOCK:-none}" > /variable
`);
    const result = await build(client, ["--no-cache", "--ssh", "default", "-t", "keys", context]);
    expect(result).toMatchObject({ code: 0 });
    const { stdout } = await daemon.berth(["run", "--rm", "--network", "none", "keys", "cat", "/keys", "/variable"]);
    expect(stdout.match(/SHA256:\S+/g)).toEqual([fingerprint, fingerprint]);
    expect(stdout).toEndWith("none\n");
  });

  test("a required agent that is not forwarded fails the build", async () => {
    const context = contextOf("FROM sshbox\nRUN --mount=type=ssh,required=true true\n");
    const { code } = await build(client, [context]);
    expect(code).not.toBe(0);
  });

  test("a private key stands for an agent that has it", async () => {
    const context = contextOf("FROM sshbox\nRUN --mount=type=ssh,id=mine ssh-add -l > /keys\n");
    const key = join(directory, "key");
    expect(await build(client, ["--no-cache", "--ssh", `mine=${key}`, "-t", "keys", context])).toMatchObject({
      code: 0,
    });
    const { stdout } = await daemon.berth(["run", "--rm", "--network", "none", "keys", "cat", "/keys"]);
    expect(stdout).toContain(fingerprint);
  });
});
