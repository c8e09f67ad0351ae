// Docker CLI plugins (`compose` and others): separate programs, found by name and run as commands of this one.
import { accessSync, constants } from "node:fs";
import { DEFAULT_CONTEXT } from "./config/context-store.ts";
import { setting } from "./config/environment.ts";
import type { Session } from "./session.ts";
import { keepSignals } from "./terminal/ending.ts";

const NAME = /^[a-z][a-z0-9]*$/;

const SYSTEM_DIRECTORIES = [
  "/usr/local/lib/docker/cli-plugins",
  "/usr/local/libexec/docker/cli-plugins",
  "/usr/lib/docker/cli-plugins",
  "/usr/libexec/docker/cli-plugins",
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of the plugin; undefined when it is not installed. */
export async function findPlugin(session: Session, name: string): Promise<string | undefined> {
  if (!NAME.test(name)) return undefined;
  const { cliPluginsExtraDirs = [] } = await session.configuration();
  const directories = [`${session.options.config}/cli-plugins`, ...cliPluginsExtraDirs, ...SYSTEM_DIRECTORIES];
  return directories.map((directory) => `${directory}/docker-${name}`).find(isExecutable);
}

/** Plugins select their engine themselves and do not know Berth's socket or variables: pass them in Docker's. */
async function pluginEnvironment(session: Session): Promise<Record<string, string | undefined>> {
  const { contextName, host } = await session.target();
  const isOwnDefault = contextName === DEFAULT_CONTEXT && session.options.host.length === 0;
  return {
    ...process.env,
    DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND: process.argv0,
    DOCKER_CONFIG: session.options.config,
    ...(isOwnDefault ? { DOCKER_HOST: host } : {}),
    ...(setting("CONTEXT") ? { DOCKER_CONTEXT: setting("CONTEXT") } : {}),
  };
}

const SIGNALLED = 128;

/** Runs the plugin with all arguments, including global options; returns its exit code. */
export async function runPlugin(session: Session, program: string, line: readonly string[]): Promise<number> {
  const { constants: systemConstants } = await import("node:os");
  // The plugin receives the terminal's signals as well: wait for it instead of exiting.
  const release = keepSignals();
  const plugin = Bun.spawn([program, ...line], {
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
    env: await pluginEnvironment(session),
  });
  process.on("SIGTERM", () => plugin.kill("SIGTERM"));
  await plugin.exited;
  release();
  const { signalCode } = plugin;
  return typeof signalCode === "string" ? SIGNALLED + systemConstants.signals[signalCode] : (plugin.exitCode ?? 1);
}
