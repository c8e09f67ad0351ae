// Modes of a terminal: raw, without echo, and back.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { checked, LIBC } from "./libc.ts";

const TCSANOW = 0;
/** More than struct termios needs on any Linux. */
const TERMIOS_LENGTH = 128;
/** Where struct termios has its local modes, and the bit of them that shows what is typed. */
const LOCAL_MODES_AT = 12;
const ECHO = 0o10;

const libc = dlopen(LIBC, {
  tcgetattr: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  tcsetattr: { args: [FFIType.i32, FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  cfmakeraw: { args: [FFIType.ptr], returns: FFIType.void },
}).symbols;

/** The state a terminal was in. */
export type TerminalState = Uint8Array;

function change(descriptor: number, alter: (state: Uint8Array) => void): TerminalState {
  const before = new Uint8Array(TERMIOS_LENGTH);
  checked(libc.tcgetattr(descriptor, ptr(before)), "tcgetattr");
  const after = before.slice();
  alter(after);
  checked(libc.tcsetattr(descriptor, TCSANOW, ptr(after)), "tcsetattr");
  return before;
}

/** Turns a terminal to raw mode (every byte as it is typed, no echo, no signals); answers with its state before. */
export function makeRaw(descriptor: number): TerminalState {
  return change(descriptor, (state) => libc.cfmakeraw(ptr(state)));
}

/** Turns a terminal's echo off, for a password; answers with its state before. */
export function hideInput(descriptor: number): TerminalState {
  return change(descriptor, (state) => {
    const modes = new DataView(state.buffer, LOCAL_MODES_AT, 4);
    modes.setUint32(0, modes.getUint32(0, true) & ~ECHO, true);
  });
}

export function restoreTerminal(descriptor: number, state: TerminalState): void {
  libc.tcsetattr(descriptor, TCSANOW, ptr(state));
}
