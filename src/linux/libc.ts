// Calls to the C library and their errors. Bun's FFI does not save errno, so it is read immediately after the call, before
// anything else can run.
import { dlopen, FFIType, read } from "bun:ffi";
import { constants } from "node:os";

export const LIBC = "libc.so.6";

const libc = dlopen(LIBC, { __errno_location: { args: [], returns: FFIType.ptr } }).symbols;

/** The address of this thread's errno. Looked up once, because the call could change errno. */
const errnoAddress = libc.__errno_location();

/** The first of two names for a number: EAGAIN, not EWOULDBLOCK; ENOTSUP, not EOPNOTSUPP. */
const nameOfErrno = new Map(
  Object.entries(constants.errno)
    .map(([name, number]) => [number, name] as const)
    .reverse(),
);

/** A system call that failed. `code` is the errno's name, as in Node's own errors ("ENOENT"). */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
  readonly code: string;
  readonly syscall: string;

  constructor(syscall: string, errno: number, detail?: string) {
    const code = nameOfErrno.get(errno) ?? `errno ${errno}`;
    super(`${syscall}${detail ? ` ${detail}` : ""}: ${code}`);
    this.code = code;
    this.syscall = syscall;
  }
}

/** Returns the result of a call, or throws errno if it is negative. The call must be the argument itself. */
export function checked(result: number, syscall: string, detail?: string): number {
  if (result >= 0) return result;
  throw new SystemCallError(syscall, errnoAddress === null ? 0 : read.i32(errnoAddress, 0), detail);
}

/** A NUL-terminated string for a `FFIType.ptr` parameter; keep it referenced until the call has returned. */
export function cString(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}
