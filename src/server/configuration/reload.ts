// SIGHUP: reads the configuration again and takes over what may change while containers run.
import { hostname } from "node:os";
import { messageOf } from "../../api/errors.ts";
import type { EngineConfig } from "../../engine/config.ts";
import type { Events } from "../../engine/events.ts";
import type { DaemonLog } from "../log.ts";
import type { CommandLine } from "./flags.ts";
import { type DaemonConfig, loadConfig } from "./load.ts";

/** What Docker reloads too, as far as it exists here, and Berth's own registry settings. */
const reloadable = [
  "debug",
  "defaultRuntime",
  "insecureRegistries",
  "labels",
  "maxConcurrentDownloads",
  "maxConcurrentUploads",
  "registries",
  "registryMirrors",
  "runtimes",
  "shutdownTimeout",
] as const satisfies readonly (keyof EngineConfig)[];

/** The services hold the one configuration object, so it is changed in place. A bad file changes nothing. */
export function reloadConfig(commandLine: CommandLine, running: DaemonConfig, log: DaemonLog, events: Events): void {
  try {
    const fresh = loadConfig(commandLine);
    for (const key of reloadable) takeOver(running.engine, fresh.engine, key);
    log.level = fresh.logLevel;
    log.info("configuration reloaded", Object.fromEntries(reloadable.map((key) => [key, running.engine[key]])));
    const attributes = reloadable.map((key) => [key, JSON.stringify(running.engine[key])]);
    events.publish("daemon", "reload", hostname(), { name: hostname(), ...Object.fromEntries(attributes) });
  } catch (thrown) {
    log.error("the configuration was not reloaded", { reason: messageOf(thrown) });
  }
}

function takeOver<K extends keyof EngineConfig>(target: EngineConfig, source: EngineConfig, key: K): void {
  target[key] = source[key];
}
