// SIGHUP: reads the configuration again and takes over what may change while containers run.
import { hostname } from "node:os";
import { messageOf } from "../../api/errors.ts";
import type { EngineConfig, Events } from "../../engine/index.ts";
import type { DaemonLog } from "../log.ts";
import type { CommandLine } from "./flags.ts";
import { type DaemonConfig, loadConfig } from "./load.ts";

/** What Docker reloads too, as far as it exists here, and Berth's own registry settings. */
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
  /** Reads the files of TLS again. @throws when they cannot be used */
  renewCertificates(): void;
}

/** The services hold the one configuration object, so it is changed in place. A bad file changes nothing. */
export function reloadConfig({ commandLine, running, log, events, renewCertificates }: Reloading): void {
  try {
    const fresh = loadConfig(commandLine);
    renewCertificates();
    for (const key of reloadable) takeOver(running.engine, fresh.engine, key);
    log.level = fresh.logLevel;
    log.info("configuration reloaded", Object.fromEntries(shown(running.engine)));
    const attributes = shown(running.engine).map(([key, value]) => [key, JSON.stringify(value)]);
    events.publish("daemon", "reload", hostname(), { name: hostname(), ...Object.fromEntries(attributes) });
  } catch (thrown) {
    log.error("the configuration was not reloaded", { reason: messageOf(thrown) });
  }
}

function takeOver<K extends keyof EngineConfig>(target: EngineConfig, source: EngineConfig, key: K): void {
  target[key] = source[key];
}

/** The settings as others may see them: the passwords of mirrors and proxies are nobody's business. */
function shown(engine: EngineConfig): [string, unknown][] {
  return reloadable.map((key) => {
    if (key === "registries") return [key, Object.keys(engine.registries)];
    if (key === "proxies")
      return [key, { http: withoutUser(engine.proxies.http), https: withoutUser(engine.proxies.https) }];
    return [key, engine[key]];
  });
}

const withoutUser = (url: string): string => url.replace(/\/\/[^/@]*@/, "//");
