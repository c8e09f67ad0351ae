// Extended attributes of paths (without following a final link) or open files. Paths and values are raw bytes.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { isErrno } from "./errno.ts";
import { checked, cString, LIBC } from "./libc.ts";

const { u64, i64, i32 } = FFIType;
const libc = dlopen(LIBC, {
  lsetxattr: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr, u64, i32], returns: i32 },
  lgetxattr: { args: [FFIType.ptr, FFIType.ptr, FFIType.ptr, u64], returns: i64 },
  fgetxattr: { args: [i32, FFIType.ptr, FFIType.ptr, u64], returns: i64 },
  llistxattr: { args: [FFIType.ptr, FFIType.ptr, u64], returns: i64 },
  flistxattr: { args: [i32, FFIType.ptr, u64], returns: i64 },
}).symbols;

/** The kernel's limit for one value, and for all names of a file together. */
const XATTR_SIZE_MAX = 65536;
const scratch = new Uint8Array(XATTR_SIZE_MAX);
// FFI needs a valid pointer even for no bytes.
const NOTHING = new Uint8Array(1);

const terminated = (path: Uint8Array): Uint8Array => Buffer.concat([path, NOTHING]);

/** @throws SystemCallError: ENOTSUP if the file system does not support the attribute */
export function setXattr(path: Uint8Array, name: string, value: Uint8Array): void {
  const [pathBytes, nameBytes] = [terminated(path), cString(name)];
  const valueBytes = value.length > 0 ? value : NOTHING;
  const result = libc.lsetxattr(ptr(pathBytes), ptr(nameBytes), ptr(valueBytes), value.length, 0);
  checked(result, "lsetxattr", name);
}

/** The value of an attribute; undefined if the file does not have it. @throws SystemCallError */
export function getXattr(file: Uint8Array | number, name: string): Uint8Array | undefined {
  const nameBytes = cString(name);
  const pathBytes = typeof file === "number" ? NOTHING : terminated(file);
  try {
    const length =
      typeof file === "number"
        ? checked(Number(libc.fgetxattr(file, ptr(nameBytes), ptr(scratch), scratch.length)), "getxattr", name)
        : checked(
            Number(libc.lgetxattr(ptr(pathBytes), ptr(nameBytes), ptr(scratch), scratch.length)),
            "getxattr",
            name,
          );
    return scratch.slice(0, length);
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

/** The names of all attributes of a file; none if the file system does not support them. @throws SystemCallError */
export function listXattrs(file: Uint8Array | number): string[] {
  const pathBytes = typeof file === "number" ? NOTHING : terminated(file);
  try {
    const length =
      typeof file === "number"
        ? checked(Number(libc.flistxattr(file, ptr(scratch), scratch.length)), "listxattr")
        : checked(Number(libc.llistxattr(ptr(pathBytes), ptr(scratch), scratch.length)), "listxattr");
    return Buffer.from(scratch.buffer, 0, length).toString("utf8").split("\0").filter(Boolean);
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
}

function isMissing(thrown: unknown): boolean {
  return isErrno(thrown, "ENODATA", "EOPNOTSUPP", "ENOTSUP");
}
