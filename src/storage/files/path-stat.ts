// Metadata of a container path for the archive API. Runs in a process chrooted to the container's root.
import { type BigIntStats, lstatSync, readlinkSync } from "node:fs";
import { posix } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { formatTimestamp } from "../../api/time.ts";
import { errorCode, isErrno } from "../../linux/errno.ts";

/** The kernel's limit of symbolic links. */
const MAX_LINKS = 40;

export interface PathStat {
  name: string;
  /** Bytes. */
  size: number;
  /** Type and permissions, as of stat(2). */
  mode: number;
  /** RFC 3339. */
  mtime: string;
  /** Where a symbolic link leads; "" for other files. */
  linkTarget: string;
}

export interface FoundPath {
  /** Absolute; keeps a trailing "/." or "/" of the request, which means to follow a link. */
  path: string;
  stat: PathStat;
  isDirectory: boolean;
}

/** @throws BerthError notFound in Docker's words */
export function findPath(asked: string, container: string): FoundPath {
  const path = absolutePath(asked);
  let status: BigIntStats;
  try {
    status = lstatSync(path, { bigint: true });
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === "ENOENT") throw notFound(asked, container);
    if (code === "ENOTDIR") throw new BerthError("invalidParameter", `lstat ${path}: not a directory`);
    throw thrown;
  }
  const stat: PathStat = {
    name: nameOf(path),
    size: Number(status.size),
    mode: Number(status.mode),
    mtime: formatTimestamp(status.mtimeNs),
    linkTarget: status.isSymbolicLink() ? followLinks(path) : "",
  };
  return { path, stat, isDirectory: status.isDirectory() };
}

export function notFound(path: string, container: string): BerthError {
  return new BerthError("notFound", `Could not find the file ${path} in container ${container}`);
}

/** "a/b/." becomes "/a/b/.", "a//b/" becomes "/a/b/". */
function absolutePath(asked: string): string {
  const clean = posix.resolve("/", asked);
  const last = posix.basename(asked);
  if (last === ".") return clean === "/" ? "/." : `${clean}/.`;
  return asked.endsWith("/") && clean !== "/" ? `${clean}/` : clean;
}

function nameOf(path: string): string {
  return path === "/" ? "/" : posix.basename(path);
}

/**
 * Resolves all symbolic links; missing components are kept as written. Node's realpath needs /proc, which a stopped
 * container lacks. @throws BerthError invalidParameter for a link loop
 */
export function followLinks(path: string): string {
  const rest = path.split("/").filter((part) => part !== "");
  let resolved = "/";
  let links = 0;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    const next = posix.resolve(resolved, part);
    if (!isLink(next)) {
      resolved = next;
      continue;
    }
    if (++links > MAX_LINKS) throw new BerthError("invalidParameter", `too many links in ${path}`);
    const target = readlinkSync(next);
    if (target.startsWith("/")) resolved = "/";
    rest.unshift(...target.split("/").filter((piece) => piece !== ""));
  }
  return resolved;
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR")) return false;
    throw thrown;
  }
}
