// Reads files of others by their paths, where a root of its own keeps this process from leaving it.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { BerthError } from "../../api/errors.ts";
import { errorCode } from "../../linux/libc.ts";

/**
 * The content of a regular file; undefined when there is none, or it is something else: a device or pipe is not read.
 * @throws BerthError invalidParameter when it is longer than `limit` bytes
 */
export function readRegularFile(path: string, limit: number): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "EACCES"].includes(errorCode(thrown) ?? "")) return undefined;
    throw thrown;
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile()) return undefined;
    if (status.size > limit) throw new BerthError("invalidParameter", `${path} is larger than ${limit} bytes`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
