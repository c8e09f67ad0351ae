// Inode flags (ioctl_iflags(2), chattr(1)).
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync, constants, openSync } from "node:fs";
import { isErrno } from "./errno.ts";
import { checked, LIBC } from "./libc.ts";

const libc = dlopen(LIBC, {
  ioctl: { args: [FFIType.i32, FFIType.u64, FFIType.ptr], returns: FFIType.i32 },
}).symbols;

const FS_IOC_GETFLAGS = 0x80086601n;
const FS_IOC_SETFLAGS = 0x40086602n;
const FS_TOPDIR_FL = 0x00020000;
/** Errors of file systems without inode flags. */
const UNSUPPORTED = ["ENOTTY", "EOPNOTSUPP", "ENOTSUP", "EINVAL", "ENOSYS"];

/**
 * Makes ext4 spread new subdirectories over the disk ("chattr +T"). Does nothing on file systems without that flag.
 * @throws SystemCallError
 */
export function spreadSubdirectories(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  // The kernel uses an int, although the request number says long.
  const flags = new Uint32Array(2);
  try {
    checked(libc.ioctl(descriptor, FS_IOC_GETFLAGS, ptr(flags)), "ioctl", "FS_IOC_GETFLAGS");
    const present = flags[0] ?? 0;
    if ((present & FS_TOPDIR_FL) !== 0) return;
    flags[0] = present | FS_TOPDIR_FL;
    checked(libc.ioctl(descriptor, FS_IOC_SETFLAGS, ptr(flags)), "ioctl", "FS_IOC_SETFLAGS");
  } catch (thrown) {
    if (!isErrno(thrown, ...UNSUPPORTED)) throw thrown;
  } finally {
    closeSync(descriptor);
  }
}
