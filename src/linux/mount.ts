// mount(2) and umount2(2).
import { dlopen, FFIType, ptr } from "bun:ffi";
import { isErrno } from "./errno.ts";
import { checked, cString, LIBC } from "./libc.ts";

const libc = dlopen(LIBC, {
  mount: {
    args: [FFIType.ptr, FFIType.ptr, FFIType.ptr, FFIType.u64, FFIType.ptr],
    returns: FFIType.i32,
  },
  umount2: { args: [FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
}).symbols;

export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_REMOUNT = 32;
export const MS_BIND = 4096;
export const MS_REC = 16384;
export const MS_PRIVATE = 1 << 18;
export const MS_SHARED = 1 << 20;

export const MNT_DETACH = 2;

/** Mounts `source` at `target`; `data` is the file system's own option string. */
export function mount(source: string, target: string, type: string, flags: number, data = ""): void {
  const strings = [source, target, type, data].map(cString);
  const [sourceBytes, targetBytes, typeBytes, dataBytes] = strings;
  if (!sourceBytes || !targetBytes || !typeBytes || !dataBytes) return;
  checked(
    libc.mount(ptr(sourceBytes), ptr(targetBytes), ptr(typeBytes), flags, ptr(dataBytes)),
    "mount",
    `${source} on ${target}`,
  );
}

export function bindMount(source: string, target: string, recursive = false): void {
  mount(source, target, "none", MS_BIND | (recursive ? MS_REC : 0));
}

/** Unmounts `target`. A path that does not exist or is not mounted is no error. */
export function unmount(target: string, flags = 0): void {
  const targetBytes = cString(target);
  try {
    checked(libc.umount2(ptr(targetBytes), flags), "umount2", target);
  } catch (thrown) {
    if (!isErrno(thrown, "EINVAL", "ENOENT")) throw thrown;
  }
}
