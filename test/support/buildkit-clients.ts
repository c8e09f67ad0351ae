// BuildKit clients for a daemon under test: Debian's `docker` command with its built-in client, and buildx with a
// current `docker` command if both are installed.
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { debianDocker } from "../../scripts/setup/clients.ts";
import { type CommandOptions, type CommandResult, command } from "./command.ts";
import { dockerIsCurrent, type TestDaemon } from "./daemon.ts";

const pluginDirectories = [
  join(homedir(), ".docker", "cli-plugins"),
  "/usr/local/lib/docker/cli-plugins",
  "/usr/local/libexec/docker/cli-plugins",
  "/usr/lib/docker/cli-plugins",
  "/usr/libexec/docker/cli-plugins",
];

const buildxPlugin =
  Bun.which("docker-buildx") ?? pluginDirectories.map((path) => join(path, "docker-buildx")).find(existsSync);

export const hasBuildx = buildxPlugin !== undefined && dockerIsCurrent;

export type BuildKitClient = "buildx" | "docker 20.10";

/** The installed ones. */
export const buildKitClients: readonly BuildKitClient[] = [
  ...(hasBuildx ? (["buildx"] as const) : []),
  ...(existsSync(debianDocker) ? (["docker 20.10"] as const) : []),
];

/** Runs `docker ARGUMENTS` with one of the clients and plain progress. */
export function buildKit(
  client: BuildKitClient,
  daemon: TestDaemon,
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { program, env } = clientOf(client, daemon);
  return command([program, ...argv], { ...options, env: { ...env, ...options.env } });
}

/** The program and environment of a client. */
export function clientOf(client: BuildKitClient, daemon: TestDaemon): { program: string; env: Record<string, string> } {
  const env = { ...daemon.clientEnvironment, DOCKER_BUILDKIT: "1", BUILDKIT_PROGRESS: "plain" };
  if (client !== "buildx") return { program: debianDocker, env };
  const plugins = join(daemon.directory, "client", "cli-plugins");
  mkdirSync(plugins, { recursive: true });
  const plugin = join(plugins, "docker-buildx");
  if (buildxPlugin !== undefined && !existsSync(plugin)) symlinkSync(buildxPlugin, plugin);
  return { program: "docker", env };
}
