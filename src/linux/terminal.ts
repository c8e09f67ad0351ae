// Terminals: whether a descriptor is one, its size, and raw mode.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "./libc.ts";

const TIOCGWINSZ = 0x5413;
const TCSANOW = 0;
/** More than struct termios needs on any Linux. */
const TERMIOS_LENGTH = 128;

let symbols: ReturnType<typeof open> | undefined;

function open() {
  return dlopen(LIBC, {
    isatty: { args: [FFIType.i32], returns: FFIType.i32 },
    ioctl: { args: [FFIType.i32, FFIType.u64, FFIType.ptr], returns: FFIType.i32 },
    tcgetattr: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
    tcsetattr: { args: [FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
    cfmakeraw: { args: [FFIType.ptr], returns: FFIType.void },
  }).symbols;
}

/** Bound at the first call, so that a program that never asks does not pay. */
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

/** The state a terminal was in. */
export type TerminalState = Uint8Array;

/** Turns a terminal to raw mode (every byte as it is typed, no echo, no signals); answers with its state before. */
export function makeRaw(descriptor: number): TerminalState {
  const before = new Uint8Array(TERMIOS_LENGTH);
  checked(libc().tcgetattr(descriptor, ptr(before)), "tcgetattr");
  const raw = before.slice();
  libc().cfmakeraw(ptr(raw));
  checked(libc().tcsetattr(descriptor, TCSANOW, ptr(raw)), "tcsetattr");
  return before;
}

/** Turns a terminal's echo off, for a password; answers with its state before. */
export function hideInput(descriptor: number): TerminalState {
  const before = new Uint8Array(TERMIOS_LENGTH);
  checked(libc().tcgetattr(descriptor, ptr(before)), "tcgetattr");
  const hidden = before.slice();
  const ECHO = 0o10;
  const localModes = new DataView(hidden.buffer, 12, 4);
  localModes.setUint32(0, localModes.getUint32(0, true) & ~ECHO, true);
  checked(libc().tcsetattr(descriptor, TCSANOW, ptr(hidden)), "tcsetattr");
  return before;
}

export function restoreTerminal(descriptor: number, state: TerminalState): void {
  libc().tcsetattr(descriptor, TCSANOW, ptr(state));
}
