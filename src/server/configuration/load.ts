// Merges flags, configuration file and defaults.
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { BerthError } from "../../api/errors.ts";
import type { EngineConfig } from "../../engine/index.ts";
import type { LogLevel, logFormats } from "../log.ts";
import { engineConfig } from "./engine-config.ts";
import { readConfigFile } from "./file.ts";
import type { CommandLine } from "./flags.ts";
import { type HostAddress, parseHost } from "./hosts.ts";
import { type Settings, settingsSchema } from "./options.ts";

export interface TlsSettings {
  /** Whether TCP uses TLS, and whether clients need a certificate. */
  enabled: boolean;
  verifyClients: boolean;
  certificate: string;
  key: string;
  authority: string;
  /** Whether TCP without client certificates was allowed explicitly. */
  waived: boolean;
}

export interface DaemonConfig {
  engine: EngineConfig;
  hosts: HostAddress[];
  /** The path of the socket for BuildKit's own clients. */
  buildkitSocket: string | undefined;
  tls: TlsSettings;
  logLevel: LogLevel;
  logFormat: keyof typeof logFormats;
  pidFile: string;
  /** Undefined: the first of "docker" and "berth" that exists. */
  socketGroup: string | undefined;
}

const DEFAULT_HOST = "unix:///run/berth.sock";

/** The configuration of the command line and its file. @throws BerthError invalidParameter */
export function loadConfig(commandLine: CommandLine): DaemonConfig {
  const file = readConfigFile(commandLine.configFile, commandLine.configFileNamed);
  return toDaemonConfig(mergeSettings(commandLine.settings, file));
}

/** A setting must not be both a flag and in the file, because it would be unclear which one applies. */
export function mergeSettings(flags: Record<string, unknown>, file: Record<string, unknown>): Settings {
  const conflicts = Object.keys(flags).filter((key) => key in file);
  if (conflicts.length > 0) {
    const shown = conflicts.map((key) => `${key}: (from flag: ${show(flags[key])}, from file: ${show(file[key])})`);
    throw new BerthError(
      "invalidParameter",
      `the following directives are specified both as a flag and in the configuration file: ${shown.join(", ")}`,
    );
  }
  const result = v.safeParse(settingsSchema, { ...file, ...flags });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BerthError("invalidParameter", `${v.getDotPath(issue) ?? "configuration"}: ${issue.message}`);
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function toDaemonConfig(settings: Settings): DaemonConfig {
  const engine = engineConfig(settings);
  const tls = tlsSettings(settings);
  const hosts = settings.hosts?.length ? settings.hosts : [DEFAULT_HOST];
  return {
    engine,
    tls,
    buildkitSocket: buildkitSocketOf(settings["buildkit-host"]),
    hosts: hosts.map((host) => parseHost(host, { defaultSocket: DEFAULT_HOST, tls: tls.enabled })),
    logLevel: settings.debug ? "debug" : (settings["log-level"] ?? "info"),
    logFormat: settings["log-format"] ?? "text",
    pidFile: resolve(settings.pidfile ?? join(engine.execRoot, "berth.pid")),
    socketGroup: settings.group,
  };
}

/** Its clients can read and replace the engine's images, so it must be a file with permissions. */
function buildkitSocketOf(host: string | undefined): string | undefined {
  if (host === undefined || host === "") return undefined;
  const path = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
  if (path !== undefined) return path;
  throw new BerthError("invalidParameter", `invalid buildkit-host ${JSON.stringify(host)}: expected unix:///path`);
}

function tlsSettings(settings: Settings): TlsSettings {
  const directory = process.env.DOCKER_CERT_PATH ?? join(homedir(), ".docker");
  const verifyClients = settings.tlsverify === true;
  return {
    enabled: verifyClients || settings.tls === true,
    verifyClients,
    certificate: settings.tlscert ?? join(directory, "cert.pem"),
    key: settings.tlskey ?? join(directory, "key.pem"),
    authority: settings.tlscacert ?? join(directory, "ca.pem"),
    waived: settings.tlsverify === false || settings.tls === false,
  };
}
