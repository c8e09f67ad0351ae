// SIGHUP: reloads the settings that can change while containers run.
import { hostname } from "node:os";
import { messageOf } from "../../api/errors.ts";
import type { EngineConfig, Events } from "../../engine/index.ts";
import type { DaemonLog } from "../log.ts";
import type { CommandLine } from "./flags.ts";
import { type DaemonConfig, loadConfig } from "./load.ts";

/** The settings that Docker reloads too, and Berth's own registry settings. */
const reloadable = [
  "debug",
  "defaultRuntime",
  "insecureRegistries",
  "keepLayerArchives",
  "labels",
  "maxConcurrentDownloads",
  "maxConcurrentUploads",
  "proxies",
  "registries",
  "registryMirrors",
  "runtimes",
  "shutdownTimeout",
] as const satisfies readonly (keyof EngineConfig)[];

export interface Reloading {
  commandLine: CommandLine;
  running: DaemonConfig;
  log: DaemonLog;
  events: Events;
  /** Reloads the TLS files. @throws if they cannot be used */
  renewCertificates(): void;
}

/** Changes the configuration object that the services share. An invalid file changes nothing. */
export function reloadConfig({ commandLine, running, log, events, renewCertificates }: Reloading): void {
  try {
    const fresh = loadConfig(commandLine);
    renewCertificates();
    for (const key of reloadable) assign(running.engine, fresh.engine, key);
    log.level = fresh.logLevel;
    log.info("configuration reloaded", Object.fromEntries(shown(running.engine)));
    const attributes = shown(running.engine).map(([key, value]) => [key, JSON.stringify(value)]);
    events.publish("daemon", "reload", hostname(), { name: hostname(), ...Object.fromEntries(attributes) });
  } catch (thrown) {
    log.error("failed to reload configuration", { reason: messageOf(thrown) });
  }
}

function assign<K extends keyof EngineConfig>(target: EngineConfig, source: EngineConfig, key: K): void {
  target[key] = source[key];
}

/** The settings without the passwords of mirrors and proxies. */
function shown(engine: EngineConfig): [string, unknown][] {
  return reloadable.map((key) => {
    if (key === "registries") return [key, Object.keys(engine.registries)];
    if (key === "proxies")
      return [key, { http: withoutUser(engine.proxies.http), https: withoutUser(engine.proxies.https) }];
    return [key, engine[key]];
  });
}

const withoutUser = (url: string): string => url.replace(/\/\/[^/@]*@/, "//");
