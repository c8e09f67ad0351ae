// Terminals: whether a descriptor is one, and its size. The client asks at every start: the library is bound at the
// first call and without the machinery for errors, which costs more than the call.
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

/** In characters; undefined when the descriptor is no terminal. */
export function windowSize(descriptor: number): { rows: number; columns: number } | undefined {
  const size = new Uint16Array(4);
  if (libc().ioctl(descriptor, TIOCGWINSZ, ptr(size)) < 0) return undefined;
  const [rows = 0, columns = 0] = size;
  return { rows, columns };
}
