// Converts entry names to cleaned, split paths within the layer.
import { posix } from "node:path";
import { malformed } from "./header.ts";

export const WHITEOUT_PREFIX = ".wh.";
/** The opaque whiteout: hides the directory's content in lower layers. */
export const OPAQUE_WHITEOUT = ".wh..wh..opq";
/** Other names with this prefix are internal files of the old aufs driver. */
export const WHITEOUT_META_PREFIX = ".wh..wh.";

/**
 * Removes a leading slash, "." and ".."; "" is the root. ".." does not lead above the root, as in Docker, which
 * extracts in a chroot. Byte strings.
 * @throws BerthError invalidParameter when the name contains NUL
 */
export function cleanName(name: string): string {
  if (name.includes("\0")) throw malformed("invalid tar header");
  return posix.resolve("/", name).slice(1);
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A byte string as bytes, relative to the process's root. */
export function absolute(path: string): Buffer {
  return Buffer.from(`/${path}`, "latin1");
}

/** Text as a byte string, one character per byte. */
export function byteString(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** A byte string as printable text. */
export function printable(name: string): string {
  return Buffer.from(name, "latin1").toString("utf8");
}
