// File system calls that Node lacks: special files, timestamps in nanoseconds, chroot. Paths are raw bytes, because they
// need not be UTF-8.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { isErrno } from "./errno.ts";
import { checked, cString, LIBC } from "./libc.ts";

const { i32, u32, i64, u64 } = FFIType;
const libc = dlopen(LIBC, {
  mknod: { args: [FFIType.ptr, u32, u64], returns: i32 },
  utimensat: { args: [i32, FFIType.ptr, FFIType.ptr, i32], returns: i32 },
  futimens: { args: [i32, FFIType.ptr], returns: i32 },
  chroot: { args: [FFIType.ptr], returns: i32 },
  fchdir: { args: [i32], returns: i32 },
  lseek64: { args: [i32, i64, i32], returns: i64 },
  fallocate64: { args: [i32, i32, i64, i64], returns: i32 },
}).symbols;

export const S_IFMT = 0o170000;
export const S_IFIFO = 0o010000;
export const S_IFCHR = 0o020000;
export const S_IFDIR = 0o040000;
export const S_IFBLK = 0o060000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;
export const S_IFSOCK = 0o140000;

const FALLOC_FL_KEEP_SIZE = 1;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const BILLION = 1_000_000_000n;

const terminated = (path: Uint8Array): Uint8Array => Buffer.concat([path, new Uint8Array(1)]);

/** A device number as in stat, from its major and minor number. */
export function makeDevice(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

export function splitDevice(device: bigint): { major: number; minor: number } {
  return {
    major: Number(((device >> 32n) & 0xfffff000n) | ((device >> 8n) & 0xfffn)),
    minor: Number(((device >> 12n) & 0xffffff00n) | (device & 0xffn)),
  };
}

/** Creates a device or FIFO; `mode` holds its type (S_IFCHR …) and permissions. @throws SystemCallError */
export function makeNode(path: Uint8Array, mode: number, device = 0n): void {
  const bytes = terminated(path);
  checked(libc.mknod(ptr(bytes), mode, device), "mknod");
}

// struct timespec twice: access, modification.
const times = new BigInt64Array(4);

function fillTimes(access: bigint, modification: bigint): void {
  [access, modification].forEach((time, index) => {
    const seconds = time >= 0n ? time / BILLION : (time + 1n) / BILLION - 1n;
    times[index * 2] = seconds;
    times[index * 2 + 1] = time - seconds * BILLION;
  });
}

/** Sets the times of `path` in nanoseconds since 1970, without following a final link. @throws SystemCallError */
export function setTimes(path: Uint8Array, access: bigint, modification: bigint): void {
  fillTimes(access, modification);
  const bytes = terminated(path);
  checked(libc.utimensat(AT_FDCWD, ptr(bytes), ptr(times), AT_SYMLINK_NOFOLLOW), "utimensat");
}

/** The same for an open file. */
export function setDescriptorTimes(descriptor: number, access: bigint, modification: bigint): void {
  fillTimes(access, modification);
  checked(libc.futimens(descriptor, ptr(times)), "futimens");
}

/** chroot(2) of the whole process, which must change its working directory afterwards. @throws SystemCallError */
export function changeRoot(path: string): void {
  const bytes = cString(path);
  checked(libc.chroot(ptr(bytes)), "chroot", path);
}

/** fchdir(2); the directory may be outside the root. @throws SystemCallError */
export function changeDirectory(descriptor: number): void {
  checked(libc.fchdir(descriptor), "fchdir");
}

/** The start of the next data at or after `position`; undefined if only a hole follows. @throws SystemCallError */
export function seekData(descriptor: number, position: number): number | undefined {
  try {
    return checked(Number(libc.lseek64(descriptor, position, SEEK_DATA)), "lseek");
  } catch (thrown) {
    if (isErrno(thrown, "ENXIO")) return undefined;
    throw thrown;
  }
}

/** The start of the next hole at or after `position`; a file ends with one. @throws SystemCallError */
export function seekHole(descriptor: number, position: number): number {
  return checked(Number(libc.lseek64(descriptor, position, SEEK_HOLE)), "lseek");
}

/**
 * Allocates disk space for the first `length` bytes of a file without changing its size, so that later writes succeed on a
 * full disk. @throws SystemCallError ENOSPC, or EOPNOTSUPP if the file system does not support it
 */
export function reserveRoom(descriptor: number, length: number): void {
  checked(libc.fallocate64(descriptor, FALLOC_FL_KEEP_SIZE, 0, length), "fallocate");
}
