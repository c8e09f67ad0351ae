// Terminal modes: raw, without echo, and restoring them.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "./libc.ts";

const TCSANOW = 0;
/** At least the size of struct termios. */
const TERMIOS_LENGTH = 128;
/** The offset of c_lflag in struct termios, and bits of it. */
const LOCAL_MODES_AT = 12;
const ICANON = 0o2;
const ECHO = 0o10;

const libc = dlopen(LIBC, {
  tcgetattr: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  tcsetattr: { args: [FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  cfmakeraw: { args: [FFIType.ptr], returns: FFIType.void },
}).symbols;

/** A saved struct termios. */
export type TerminalState = Uint8Array;

function change(descriptor: number, alter: (state: Uint8Array) => void): TerminalState {
  const before = new Uint8Array(TERMIOS_LENGTH);
  checked(libc.tcgetattr(descriptor, ptr(before)), "tcgetattr");
  const after = before.slice();
  alter(after);
  checked(libc.tcsetattr(descriptor, TCSANOW, ptr(after)), "tcsetattr");
  return before;
}

/** Sets a terminal to raw mode (no line buffering, echo or signals). @returns its previous state */
export function makeRaw(descriptor: number): TerminalState {
  return change(descriptor, (state) => libc.cfmakeraw(ptr(state)));
}

function clearLocalModes(descriptor: number, bits: number): TerminalState {
  return change(descriptor, (state) => {
    const modes = new DataView(state.buffer, LOCAL_MODES_AT, 4);
    modes.setUint32(0, modes.getUint32(0, true) & ~bits, true);
  });
}

/** Turns off echo, for a password. @returns its previous state */
export function hideInput(descriptor: number): TerminalState {
  return clearLocalModes(descriptor, ECHO);
}

/** Delivers each key at once and without echo; Ctrl-C and Ctrl-Z are still signals. @returns its previous state */
export function unbufferKeys(descriptor: number): TerminalState {
  return clearLocalModes(descriptor, ICANON | ECHO);
}

export function restoreTerminal(descriptor: number, state: TerminalState): void {
  libc.tcsetattr(descriptor, TCSANOW, ptr(state));
}
