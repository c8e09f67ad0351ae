// Names inside an archive as paths inside its layer: cleaned and split.
import { posix } from "node:path";
import { malformed } from "./header.ts";

export const WHITEOUT_PREFIX = ".wh.";
/** The whiteout that hides all that lower layers hold in its directory. */
export const OPAQUE_WHITEOUT = ".wh..wh..opq";
/** Other names with this prefix are notes of the old aufs driver to itself. */
export const WHITEOUT_META_PREFIX = ".wh..wh.";

/**
 * A name without leading slash, "." and "..": "" is the root itself. ".." does not lead above the root, as in Docker,
 * which extracts in a chroot. Byte strings.
 * @throws BerthError invalidParameter when the name holds a NUL
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

/** A byte string as the bytes it stands for, below the process's root. */
export function absolute(path: string): Buffer {
  return Buffer.from(`/${path}`, "latin1");
}

/** Text as a byte string, one character a byte. */
export function byteString(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** A byte string as text for people. */
export function printable(name: string): string {
  return Buffer.from(name, "latin1").toString("utf8");
}
