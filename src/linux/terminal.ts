// Whether a descriptor is a terminal, and its size. For a fast start of the client, the library is loaded at the first call
// and without libc.ts.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { fstatSync } from "node:fs";

const LIBC = "libc.so.6";
const TIOCGWINSZ = 0x5413;
/** The device number of /dev/null: major 1, minor 3 (devices.txt of Linux). */
const NULL_DEVICE = 0x103;

let symbols: ReturnType<typeof open> | undefined;

function open() {
  return dlopen(LIBC, {
    isatty: { args: [FFIType.i32], returns: FFIType.i32 },
    ioctl: { args: [FFIType.i32, FFIType.u64, FFIType.ptr], returns: FFIType.i32 },
  }).symbols;
}

function libc() {
  symbols ??= open();
  return symbols;
}

export function isTerminal(descriptor: number): boolean {
  return isDevice(descriptor) && libc().isatty(descriptor) === 1;
}

/** Whether it is a character device other than /dev/null, as each terminal is. */
function isDevice(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isCharacterDevice() && status.rdev !== NULL_DEVICE;
  } catch {
    return false; // It is closed.
  }
}

/** In characters; undefined if the descriptor is not a terminal. */
export function windowSize(descriptor: number): { rows: number; columns: number } | undefined {
  const size = new Uint16Array(4);
  if (libc().ioctl(descriptor, TIOCGWINSZ, ptr(size)) < 0) return undefined;
  const [rows = 0, columns = 0] = size;
  return { rows, columns };
}
