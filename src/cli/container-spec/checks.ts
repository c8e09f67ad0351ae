// Validates single flag values of `run` and `create`, with Docker's error messages.

import type { Ulimit } from "../../api/option-schemas.ts";
import { splitPair } from "../../api/pairs.ts";
import { IPC_SYSCTLS, MESSAGE_QUEUE_SYSCTL_PREFIX, NETWORK_SYSCTL_PREFIX } from "../../api/sysctls.ts";
import { ULIMIT_NAMES, ulimitConflict } from "../../api/ulimits.ts";
import { FlagValueError } from "../flags/flag.ts";
import { parseBytes, parseInteger } from "../flags/numbers.ts";
import { isIP } from "./ip-address.ts";

/** STDIN, STDOUT or STDERR. */
export function checkAttach(text: string): string {
  const stream = text.toLowerCase();
  if (["stdin", "stdout", "stderr"].includes(stream)) return stream;
  throw new FlagValueError("valid streams are STDIN, STDOUT and STDERR");
}

/** "host:ip" or "host=ip"; the address may be in brackets or "host-gateway". */
export function checkExtraHost(text: string): string {
  const separator = text.includes("=") ? "=" : ":";
  const at = text.indexOf(separator);
  const name = text.slice(0, at);
  if (at <= 0) throw new FlagValueError(`bad format for add-host: ${JSON.stringify(text)}`);
  const address = text.slice(at + 1).replace(/^\[(.+)\]$/, "$1");
  if (address !== "host-gateway" && isIP(address.trim()) === 0) {
    throw new FlagValueError(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  }
  return `${name}:${address}`;
}

export function checkAddress(text: string): string {
  if (isIP(text.trim()) === 0) throw new FlagValueError(`IP address is not correctly formatted: ${text}`);
  return text.trim();
}

export function checkSearchDomain(text: string): string {
  const domain = text.trim();
  if (domain === ".") return domain;
  const valid = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?$/i;
  if (/[a-z]/i.test(domain) && domain.length < 255 && valid.test(domain)) return domain;
  throw new FlagValueError(`${text} is not a valid domain`);
}

/** A variable: KEY=value, or KEY to copy the value from this process's environment. */
export function checkEnvironment(text: string): string {
  const [name, given] = splitPair(text);
  if (name === "") throw new FlagValueError(`invalid environment variable: ${text}`);
  if (given !== undefined) return text;
  const value = process.env[name];
  return value === undefined ? name : `${name}=${value}`;
}

export function checkLabel(text: string): string {
  const name = splitPair(text)[0].trimStart();
  if (name === "") throw new FlagValueError(`invalid label '${text}': empty name`);
  if (/\s/.test(name)) throw new FlagValueError(`label '${name}' contains whitespaces`);
  return text;
}

export function checkLink(text: string): string {
  if (text === "") throw new FlagValueError("empty string specified for links");
  if (text.split(":").length > 2) throw new FlagValueError(`bad format for links: ${text}`);
  return text;
}

/** A sysctl that belongs to a namespace of the container. */
export function checkSysctl(text: string): string {
  const [name, value] = splitPair(text);
  const isNamespaced =
    IPC_SYSCTLS.includes(name) ||
    name.startsWith(NETWORK_SYSCTL_PREFIX) ||
    name.startsWith(MESSAGE_QUEUE_SYSCTL_PREFIX);
  if (value === undefined || !isNamespaced) throw new FlagValueError(`sysctl '${text}' is not allowed`);
  return text;
}

export function checkDeviceRule(text: string): string {
  if (/^[acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3}$/.test(text)) return text;
  throw new FlagValueError(`invalid device cgroup format '${text}'`);
}

/** "nofile=1024:2048"; -1 is unlimited. */
export function readUlimit(text: string): Ulimit {
  const [Name = "", limits, ...more] = text.split("=");
  if (limits === undefined || more.length > 0) throw new FlagValueError(`invalid ulimit argument: ${text}`);
  if (!ULIMIT_NAMES.includes(Name)) throw new FlagValueError(`invalid ulimit type: ${Name}`);
  const [soft = "", hard, ...further] = limits.split(":");
  if (further.length > 0) {
    throw new FlagValueError(`too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``);
  }
  const Soft = parseInteger(soft);
  const Hard = hard === undefined ? Soft : parseInteger(hard);
  const conflict = ulimitConflict(Soft, Hard);
  if (conflict) throw new FlagValueError(conflict);
  return { Name, Soft, Hard };
}

/** "/dev/sda:VALUE", with the value parsed by `read`. */
function devicePair<T>(text: string, read: (value: string) => T, invalid: string): [string, T] {
  const [path = "", value] = text.split(/:(.*)/s);
  if (value === undefined) throw new FlagValueError(`bad format: ${text}`);
  if (!path.startsWith("/dev/")) throw new FlagValueError(`bad format for device path: ${text}`);
  try {
    return [path, read(value)];
  } catch {
    throw new FlagValueError(invalid);
  }
}

export interface DeviceWeight {
  Path: string;
  Weight: number;
}

export function readDeviceWeight(text: string): DeviceWeight {
  const invalid = `invalid weight for device: ${text}`;
  const [Path, Weight] = devicePair(text, (value) => parseInteger(value, 0n, 65535n), invalid);
  if (Weight > 0 && (Weight < 10 || Weight > 1000)) throw new FlagValueError(invalid);
  return { Path, Weight };
}

export interface DeviceRate {
  Path: string;
  Rate: number;
}

export function readByteRate(text: string): DeviceRate {
  const invalid = `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`;
  const [Path, Rate] = devicePair(text, parseBytes, invalid);
  return { Path, Rate };
}

export function readOperationRate(text: string): DeviceRate {
  const invalid = `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`;
  const [Path, Rate] = devicePair(text, (value) => parseInteger(value, 0n, 2n ** 64n - 1n), invalid);
  return { Path, Rate };
}
