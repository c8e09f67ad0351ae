// Metadata of a container path for the archive API. Runs in a process chrooted to the container's root.
import { type BigIntStats, lstatSync, readlinkSync } from "node:fs";
import { posix } from "node:path";
import type { PathStat } from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import { formatTimestamp } from "../../api/time.ts";
import { errorCode, isErrno } from "../../linux/errno.ts";

/** The kernel's limit of symbolic links. */
const MAX_LINKS = 40;

/** The bits of Go's os.FileMode above the permissions. Source: https://pkg.go.dev/io/fs#FileMode */
const GO_DIRECTORY = 2 ** 31;
const GO_SYMLINK = 2 ** 27;
const GO_DEVICE = 2 ** 26;
const GO_PIPE = 2 ** 25;
const GO_SOCKET = 2 ** 24;
const GO_SET_UID = 2 ** 23;
const GO_SET_GID = 2 ** 22;
const GO_CHARACTER_DEVICE = 2 ** 21;
const GO_STICKY = 2 ** 20;

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
    mode: goMode(status),
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

function goMode(status: BigIntStats): number {
  const mode = Number(status.mode);
  const bits: [boolean, number][] = [
    [status.isDirectory(), GO_DIRECTORY],
    [status.isSymbolicLink(), GO_SYMLINK],
    [status.isBlockDevice() || status.isCharacterDevice(), GO_DEVICE],
    [status.isCharacterDevice(), GO_CHARACTER_DEVICE],
    [status.isFIFO(), GO_PIPE],
    [status.isSocket(), GO_SOCKET],
    [(mode & 0o4000) !== 0, GO_SET_UID],
    [(mode & 0o2000) !== 0, GO_SET_GID],
    [(mode & 0o1000) !== 0, GO_STICKY],
  ];
  return bits.reduce((sum, [isSet, bit]) => sum + (isSet ? bit : 0), mode & 0o777);
}
