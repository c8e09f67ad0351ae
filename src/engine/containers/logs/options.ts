// What `--log-driver` and `--log-opt` may say, checked at create, and what it means for the log's size on disk.
import { BerthError } from "../../../api/errors.ts";

export interface LogLimits {
  /** Bytes a file may grow to; Infinity is no bound. */
  maxSize: number;
  /** How many files there may be, the live one among them. */
  maxFiles: number;
  compress: boolean;
}

const MEBIBYTE = 1024 * 1024;

/** Unlike Docker's, Berth's logs are bounded when nobody says otherwise: a chatty container can't fill the disk. */
const DEFAULT_LIMITS: LogLimits = { maxSize: 64 * MEBIBYTE, maxFiles: 5, compress: false };

const acceptedOptions: Record<string, readonly string[]> = {
  "json-file": [
    "max-size",
    "max-file",
    "compress",
    "labels",
    "labels-regex",
    "env",
    "env-regex",
    "tag",
    "mode",
    "max-buffer-size",
  ],
  local: ["max-size", "max-file", "compress", "mode", "max-buffer-size"],
  none: ["mode", "max-buffer-size"],
};

/** @throws BerthError invalidParameter, in Docker's words, for a driver or an option that there is not. */
export function checkLogOptions(driver: string, options: Record<string, string>): void {
  const accepted = Object.hasOwn(acceptedOptions, driver) ? acceptedOptions[driver] : undefined;
  if (!accepted) {
    throw new BerthError(
      "invalidParameter",
      `logger: no log driver named '${driver}' is registered (Berth has ${Object.keys(acceptedOptions).join(", ")})`,
    );
  }
  const unknown = Object.keys(options).find((name) => !accepted.includes(name));
  if (unknown !== undefined) {
    throw new BerthError("invalidParameter", `unknown log opt '${unknown}' for ${driver} log driver`);
  }
  logLimits(options);
}

/** @throws BerthError invalidParameter for a value that is no size, count or boolean. */
export function logLimits(options: Record<string, string>): LogLimits {
  const maxSize = options["max-size"] === undefined ? DEFAULT_LIMITS.maxSize : parseSize(options["max-size"]);
  const maxFiles = options["max-file"] === undefined ? DEFAULT_LIMITS.maxFiles : Number(options["max-file"]);
  if (!Number.isInteger(maxFiles) || maxFiles < 1) {
    throw new BerthError("invalidParameter", "max-file cannot be less than 1");
  }
  const { compress = "false" } = options;
  if (!["true", "false", "1", "0"].includes(compress)) {
    throw new BerthError("invalidParameter", `invalid value for compress: ${compress}`);
  }
  return { maxSize, maxFiles, compress: compress === "true" || compress === "1" };
}

const units: Record<string, number> = {
  "": 1,
  b: 1,
  k: 1024,
  m: MEBIBYTE,
  g: 1024 * MEBIBYTE,
  t: 1024 * 1024 * MEBIBYTE,
};

function parseSize(text: string): number {
  if (text === "-1") return Number.POSITIVE_INFINITY;
  const parts = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text);
  const unit = units[parts?.[2]?.toLowerCase() ?? ""];
  if (!parts || unit === undefined) throw new BerthError("invalidParameter", `invalid size: '${text}'`);
  return Math.floor(Number(parts[1]) * unit);
}
