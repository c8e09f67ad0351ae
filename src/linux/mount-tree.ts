// Detached copies of mounts (open_tree(2), mount_setattr(2), move_mount(2)).
// Called by number: C libraries older than 2.36 have no names for them.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, cString, LIBC } from "./libc.ts";

// The same on every architecture: system calls from 424 on share one table.
const SYS_OPEN_TREE = 428;
const SYS_MOVE_MOUNT = 429;
const SYS_MOUNT_SETATTR = 442;

const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;
const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0o2000000;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOUNT_ATTR_IDMAP = 0x00100000n;
const MOUNT_ATTR_LENGTH = 32;

const { i64, i32 } = FFIType;
const libc = dlopen(LIBC, { syscall: { args: [i64, i64, i64, i64, i64, i64], returns: i32 } }).symbols;

const EMPTY = cString("");

/** Copies the mount at `path`. @returns a descriptor, which the caller closes. @throws SystemCallError */
export function cloneMount(path: string, recursive: boolean): number {
  const name = cString(path);
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
  return checked(libc.syscall(SYS_OPEN_TREE, AT_FDCWD, ptr(name), flags, 0, 0), "open_tree", path);
}

/**
 * Maps the ids of a copied mount by a user namespace.
 * @throws SystemCallError EINVAL if the file system does not support it, ENOSYS if the kernel does not
 */
export function mapIdsOfMount(mount: number, userNamespace: number): void {
  const attributes = new BigUint64Array([MOUNT_ATTR_IDMAP, 0n, 0n, BigInt(userNamespace)]);
  const result = libc.syscall(SYS_MOUNT_SETATTR, mount, ptr(EMPTY), AT_EMPTY_PATH, ptr(attributes), MOUNT_ATTR_LENGTH);
  checked(result, "mount_setattr");
}

/** Attaches a copied mount at `target`. @throws SystemCallError */
export function attachMount(mount: number, target: string): void {
  const name = cString(target);
  const result = libc.syscall(SYS_MOVE_MOUNT, mount, ptr(EMPTY), AT_FDCWD, ptr(name), MOVE_MOUNT_F_EMPTY_PATH);
  checked(result, "move_mount", target);
}
