// Variables and labels from the command line, from files and from the proxy settings in config.json.

import { readFileSync } from "node:fs";
import { variableNames } from "../../api/environment.ts";
import { pairsOf, splitPair } from "../../api/pairs.ts";
import type { Configuration, ProxySettings } from "../config/configuration.ts";
import { CommandError } from "../failure.ts";

function readLines(path: string): string[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new CommandError(`open ${path}: no such file or directory`);
  }
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return decoder.decode(bytes).split("\n");
  } catch {
    throw new CommandError(`invalid env file (${path}): invalid utf8 bytes`);
  }
}

/**
 * Parses KEY=value lines; skips comments and empty lines.
 * @param lookUp returns the value for a line with only a KEY; undefined skips the line
 */
function readPairs(path: string, lookUp: (key: string) => string | undefined): string[] {
  const pairs: string[] = [];
  for (const raw of readLines(path)) {
    const line = raw.trimStart().replace(/\r$/, "");
    if (line === "" || line.startsWith("#")) continue;
    const [key, value] = splitPair(line);
    if (key === "") throw new CommandError(`invalid env file (${path}): no variable name on line '${line}'`);
    if (/[ \t]/.test(key)) {
      throw new CommandError(`invalid env file (${path}): variable '${key}' contains whitespaces`);
    }
    if (value !== undefined) pairs.push(line);
    else {
      const value = lookUp(key);
      if (value !== undefined) pairs.push(`${key}=${value}`);
    }
  }
  return pairs;
}

/** Files first, then values from the command line. @throws CommandError */
export function readEnvironment(files: readonly string[], given: readonly string[]): string[] {
  return [...files.flatMap((path) => readPairs(path, (key) => process.env[key])), ...given];
}

/** @throws CommandError */
export function readLabels(files: readonly string[], given: readonly string[]): Record<string, string> {
  return pairsOf([...files.flatMap((path) => readPairs(path, () => undefined)), ...given]);
}

const PROXY_VARIABLES: readonly (readonly [string, keyof ProxySettings])[] = [
  ["HTTP_PROXY", "httpProxy"],
  ["HTTPS_PROXY", "httpsProxy"],
  ["NO_PROXY", "noProxy"],
  ["FTP_PROXY", "ftpProxy"],
  ["ALL_PROXY", "allProxy"],
];

/** The proxy variables configured for this engine that the command line does not set. */
export function proxyVariables(configuration: Configuration, host: string, given: readonly string[]): string[] {
  const settings = configuration.proxies?.[host] ?? configuration.proxies?.default;
  if (!settings) return [];
  const names = variableNames(given);
  return PROXY_VARIABLES.flatMap(([variable, key]) => {
    const value = settings[key];
    if (value === undefined || value === "") return [];
    return [variable, variable.toLowerCase()].filter((name) => !names.has(name)).map((name) => `${name}=${value}`);
  });
}
