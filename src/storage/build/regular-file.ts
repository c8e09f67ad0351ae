// Reads untrusted files by path; the process has already changed its root.
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { BerthError } from "../../api/errors.ts";
import { readUpTo } from "../../linux/bounded-read.ts";
import { isErrno } from "../../linux/errno.ts";

/**
 * The content of a regular file; undefined when it does not exist or is another type: devices and pipes are not read.
 * @throws BerthError invalidParameter when it is longer than `limit` bytes
 */
export function readRegularFile(path: string, limit: number): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "EACCES")) return undefined;
    throw thrown;
  }
  try {
    if (!fstatSync(file).isFile()) return undefined;
    const content = readUpTo(file, limit);
    if (content === undefined) throw new BerthError("invalidParameter", `${path} is larger than ${limit} bytes`);
    return content;
  } finally {
    closeSync(file);
  }
}
