// The client's config.json, in Docker's format; what is not known here is kept as it is.
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
  /** By the engine's address, or "default". */
  proxies?: Record<string, ProxySettings>;
  /** Further directories of plugins. */
  cliPluginsExtraDirs?: string[];
  psFormat?: string;
  imagesFormat?: string;
  networksFormat?: string;
  volumesFormat?: string;
  statsFormat?: string;
  [further: string]: unknown;
}

/** config.json could not be read as JSON; the client goes on without it. */
export class ConfigurationError extends Error {}

const FILE = "config.json";

/** An empty configuration when there is no file. */
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
 * Replaces the file as a whole, readable by its owner only.
 * @throws ConfigurationError when what is there cannot be read: a slip of the pen in it must not cost all of it
 */
export async function writeConfiguration(directory: string, configuration: Configuration): Promise<void> {
  await readConfiguration(directory);
  const { chmodSync, mkdirSync, realpathSync, renameSync, writeFileSync } = await import("node:fs");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let target = `${directory}/${FILE}`;
  try {
    target = realpathSync(target);
  } catch {
    // Not there yet: it becomes a plain file.
  }
  const draft = `${target}${process.pid}`;
  writeFileSync(draft, JSON.stringify(configuration, null, "\t"), { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, target);
}
