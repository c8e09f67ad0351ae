// openat2(2): opening paths that someone else controls, resolved inside a directory and never outside it.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync, constants, fstatSync, lchownSync, mkdirSync, openSync } from "node:fs";
import { posix } from "node:path";
import { readFileUpTo } from "./bounded-read.ts";
import { isErrno } from "./errno.ts";
import { checked, cString, LIBC } from "./libc.ts";

const libc = dlopen(LIBC, {
  syscall: {
    args: [FFIType.i64, FFIType.i32, FFIType.ptr, FFIType.ptr, FFIType.u64],
    returns: FFIType.i32,
  },
}).symbols;

/** The same number on every architecture: it came after the tables were unified. */
const SYS_OPENAT2 = 437;
const OPEN_HOW_LENGTH = 24;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_BENEATH = 0x08;
const RESOLVE_IN_ROOT = 0x10;

export const O_PATH = 0x200000;
export const O_CLOEXEC = 0x80000;
export const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW, O_DIRECTORY, O_NONBLOCK } = constants;

/** The kernel returns EAGAIN when a concurrent rename or mount disturbed the path walk; callers must retry. */
const ATTEMPTS = 128;

/**
 * Opens `path` as a process chrooted to the directory `root` would: absolute links and ".." stay inside.
 * @throws SystemCallError with the errno's name as code.
 */
export function openInRoot(root: number, path: string, flags: number, mode = 0): number {
  return open(root, path, { flags, mode, resolve: RESOLVE_IN_ROOT });
}

/**
 * Opens `path` inside the directory `root`; fails for a link or ".." that leaves it.
 * @throws SystemCallError as {@link openInRoot}, EXDEV for a path that leaves the root
 */
export function openBeneath(root: number, path: string, flags: number): number {
  return open(root, path, { flags, mode: 0, resolve: RESOLVE_BENEATH });
}

function open(
  root: number,
  path: string,
  { flags, mode, resolve }: { flags: number; mode: number; resolve: number },
): number {
  const how = new BigUint64Array([BigInt(flags | O_CLOEXEC), BigInt(mode), BigInt(resolve | RESOLVE_NO_MAGICLINKS)]);
  const name = cString(path === "" ? "." : path);
  for (let attempt = 1; ; attempt++) {
    try {
      const result = libc.syscall(SYS_OPENAT2, root, ptr(name), ptr(how), OPEN_HOW_LENGTH);
      return checked(result, "openat2", path);
    } catch (thrown) {
      if (attempt === ATTEMPTS || !isErrno(thrown, "EAGAIN")) throw thrown;
    }
  }
}

/** Runs `work` with the directory `path` of the host open as a root for {@link openInRoot}. */
export function withRoot<T>(path: string, work: (root: number) => T): T {
  const root = openSync(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  try {
    return work(root);
  } finally {
    closeSync(root);
  }
}

/**
 * Opens the directory `path` inside `root`, creating it and its parents if missing.
 * @throws SystemCallError: ENOTDIR if a component is not a directory
 */
export function openDirectoryInRoot(root: number, path: string, owner = { uid: 0, gid: 0 }): number {
  const clean = posix.resolve("/", path);
  try {
    return openInRoot(root, clean, O_RDONLY | O_DIRECTORY);
  } catch (thrown) {
    if (!isErrno(thrown, "ENOENT") || clean === "/") throw thrown;
  }
  const parent = openDirectoryInRoot(root, posix.dirname(clean), owner);
  const made = `${pathOfDescriptor(parent)}/${posix.basename(clean)}`;
  try {
    mkdirSync(made, 0o755);
    lchownSync(made, owner.uid, owner.gid);
  } catch (thrown) {
    if (!isErrno(thrown, "EEXIST")) throw thrown;
  } finally {
    closeSync(parent);
  }
  return openInRoot(root, clean, O_RDONLY | O_DIRECTORY);
}

/** The host's path of an open descriptor, for calls that take only paths; valid while it is open. */
export function pathOfDescriptor(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

/**
 * The content of the regular file `path` inside `root`; undefined when there is none, when it is something else
 * (a device or a pipe is never opened, only looked at) or when it is longer than `limit` bytes.
 */
export function readFileInRoot(root: number, path: string, limit: number): string | undefined {
  let file: number;
  try {
    file = openInRoot(root, path, O_PATH);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw thrown;
  }
  try {
    return fstatSync(file).isFile() ? readFileUpTo(pathOfDescriptor(file), limit) : undefined;
  } finally {
    closeSync(file);
  }
}
