// How much room a log may take on disk, as its driver's options say it.
import { BerthError } from "../../../api/errors.ts";
import type { LogOptions } from "./options.ts";

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

/** @throws BerthError invalidParameter for a value that is no size, count or boolean. */
export function logLimits(options: LogOptions): LogLimits {
  const maxSize = options["max-size"] === undefined ? DEFAULT_LIMITS.maxSize : parseSize(options["max-size"]);
  const maxFiles = options["max-file"] === undefined ? DEFAULT_LIMITS.maxFiles : Number(options["max-file"]);
  if (!Number.isInteger(maxFiles)) {
    const given = JSON.stringify(options["max-file"]);
    throw new BerthError("invalidParameter", `strconv.Atoi: parsing ${given}: invalid syntax`);
  }
  if (maxFiles < 1) {
    throw new BerthError("invalidParameter", "max-file cannot be less than 1");
  }
  const { compress = "false" } = options;
  if (!["true", "false", "1", "0"].includes(compress)) {
    throw new BerthError("invalidParameter", `invalid value for compress: ${compress}`);
  }
  const compressed = compress === "true" || compress === "1";
  if (compressed && options["max-file"] !== undefined && maxFiles === 1) {
    throw new BerthError("invalidParameter", "compress cannot be true when max-file is less than 2 or unset");
  }
  return { maxSize, maxFiles, compress: compressed };
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 1024,
  m: MEBIBYTE,
  g: 1024 * MEBIBYTE,
  t: 1024 * 1024 * MEBIBYTE,
};

/** Reads "10m" or "1.5g", -1 being no bound. @throws BerthError invalidParameter */
export function parseSize(text: string): number {
  if (text === "-1") return Number.POSITIVE_INFINITY;
  const parts = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text);
  const unit = units[parts?.[2]?.toLowerCase() ?? ""];
  if (!parts || unit === undefined) throw new BerthError("invalidParameter", `invalid size: '${text}'`);
  return Math.floor(Number(parts[1]) * unit);
}
