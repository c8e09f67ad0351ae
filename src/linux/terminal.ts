// Whether a descriptor is a terminal, and its size. For a fast start of the client, the library is loaded at the first call
// and without libc.ts.
import { dlopen, FFIType, ptr } from "bun:ffi";

const LIBC = "libc.so.6";
const TIOCGWINSZ = 0x5413;

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
  return libc().isatty(descriptor) === 1;
}

/** In characters; undefined if the descriptor is not a terminal. */
export function windowSize(descriptor: number): { rows: number; columns: number } | undefined {
  const size = new Uint16Array(4);
  if (libc().ioctl(descriptor, TIOCGWINSZ, ptr(size)) < 0) return undefined;
  const [rows = 0, columns = 0] = size;
  return { rows, columns };
}
