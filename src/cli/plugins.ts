// Docker's command line plugins (`compose` and others): programs of their own that are found by name and run as if
// they were commands of this one.
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

/** The program of the plugin of that name; undefined when there is none. */
export async function findPlugin(session: Session, name: string): Promise<string | undefined> {
  if (!NAME.test(name)) return undefined;
  const { cliPluginsExtraDirs = [] } = await session.configuration();
  const directories = [`${session.options.config}/cli-plugins`, ...cliPluginsExtraDirs, ...SYSTEM_DIRECTORIES];
  return directories.map((directory) => `${directory}/docker-${name}`).find(isExecutable);
}

/** A plugin finds its engine by itself, and knows neither Berth's socket nor Berth's variables. */
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

/** Runs it with the whole line, options in front included; answers with its exit code. */
export async function runPlugin(session: Session, program: string, line: readonly string[]): Promise<number> {
  const { constants: systemConstants } = await import("node:os");
  // The terminal sends its signals to the plugin as well: this program waits for what the plugin makes of them.
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
