// The client's config.json in Docker's format; unknown keys are preserved.
import { decodeLogin } from "../credentials/login-text.ts";

export interface StoredLogin {
  /** base64 of "user:password". */
  auth?: string;
  username?: string;
  password?: string;
  email?: string;
  identitytoken?: string;
  registrytoken?: string;
}

export interface ProxySettings {
  httpProxy?: string;
  httpsProxy?: string;
  noProxy?: string;
  ftpProxy?: string;
  allProxy?: string;
}

export interface Configuration {
  auths?: Record<string, StoredLogin>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
  HttpHeaders?: Record<string, string>;
  currentContext?: string;
  detachKeys?: string;
  pruneFilters?: string[];
  /** Proxies by the engine's address, or "default". */
  proxies?: Record<string, ProxySettings>;
  /** Additional plugin directories. */
  cliPluginsExtraDirs?: string[];
  psFormat?: string;
  imagesFormat?: string;
  networksFormat?: string;
  volumesFormat?: string;
  statsFormat?: string;
  [further: string]: unknown;
}

/** config.json is not valid JSON; the client continues without it. */
export class ConfigurationError extends Error {}

const FILE = "config.json";

/** Returns an empty configuration when the file does not exist. */
export async function readConfiguration(directory: string): Promise<Configuration> {
  let text: string;
  try {
    text = await Bun.file(`${directory}/${FILE}`).text();
  } catch {
    return {};
  }
  if (text.trim() === "") return {};
  try {
    const configuration: Configuration = JSON.parse(text);
    for (const { auth } of Object.values(configuration.auths ?? {})) if (auth) decodeLogin(auth);
    return configuration;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ConfigurationError(`Error parsing config file (${directory}/${FILE}): ${reason}`);
  }
}

/**
 * Replaces the file atomically, readable by its owner only.
 * @throws ConfigurationError when the existing file is invalid: overwriting it would lose its content
 */
export async function writeConfiguration(directory: string, configuration: Configuration): Promise<void> {
  await readConfiguration(directory);
  const { chmodSync, mkdirSync, realpathSync, renameSync, writeFileSync } = await import("node:fs");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let target = `${directory}/${FILE}`;
  try {
    target = realpathSync(target);
  } catch {
    // The file does not exist yet: create a regular file.
  }
  const draft = `${target}${process.pid}`;
  writeFileSync(draft, JSON.stringify(configuration, null, "\t"), { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, target);
}
