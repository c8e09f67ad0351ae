// The size limits of a log, from its driver's options.

import { BerthError } from "../../../api/errors.ts";
import { parseSize, SizeError } from "../../../api/sizes.ts";
import type { LogOptions } from "./options.ts";

export interface LogLimits {
  /** Maximum bytes per file; Infinity is unlimited. */
  maxSize: number;
  /** How many files there may be, the live one among them. */
  maxFiles: number;
  compress: boolean;
}

/** Unlike Docker's, Berth's logs are limited by default: a chatty container cannot fill the disk. */
const DEFAULT_MAX_SIZE = 64_000_000;
const DEFAULT_MAX_FILES = 5;

/**
 * The limits that a driver's options ask for.
 * @param countWithSize how many files Docker's driver keeps when a size is given and no count
 * @throws BerthError invalidParameter for a value that is no size, count or boolean
 */
export function logLimits(options: LogOptions, countWithSize = DEFAULT_MAX_FILES): LogLimits {
  const size = options["max-size"];
  const maxSize = size === undefined ? DEFAULT_MAX_SIZE : parseDecimalSize(size);
  const count = options["max-file"];
  const maxFiles = count !== undefined ? Number(count) : size === undefined ? DEFAULT_MAX_FILES : countWithSize;
  if (!Number.isInteger(maxFiles)) {
    throw new BerthError("invalidParameter", `strconv.Atoi: parsing ${JSON.stringify(count)}: invalid syntax`);
  }
  if (maxFiles < 1) {
    throw new BerthError("invalidParameter", "max-file cannot be less than 1");
  }
  const { compress = "false" } = options;
  if (!["true", "false", "1", "0"].includes(compress)) {
    throw new BerthError("invalidParameter", `invalid value for compress: ${compress}`);
  }
  const compressed = compress === "true" || compress === "1";
  if (compressed && maxFiles === 1) {
    throw new BerthError(
      "invalidParameter",
      "compress cannot be true when max-file is less than 2 or max-size is not set",
    );
  }
  return { maxSize, maxFiles, compress: compressed };
}

/** "10m" or "1.5g"; -1 is no bound. @throws BerthError invalidParameter */
export function parseLogSize(text: string): number {
  return parseBound(text, 1024);
}

/** The same in units of 1000, as Docker reads the sizes of log files. @throws BerthError invalidParameter */
function parseDecimalSize(text: string): number {
  return parseBound(text, 1000);
}

function parseBound(text: string, unit: 1000 | 1024): number {
  if (text === "-1") return Number.POSITIVE_INFINITY;
  try {
    return parseSize(text, unit);
  } catch (thrown) {
    throw thrown instanceof SizeError ? new BerthError("invalidParameter", thrown.message) : thrown;
  }
}
