// What a process says about itself to the kernel.
import { dlopen, FFIType } from "bun:ffi";
import { constants } from "node:os";
import { checked, LIBC } from "./libc.ts";

const { i32, u64 } = FFIType;
const libc = dlopen(LIBC, { prctl: { args: [i32, u64, u64, u64, u64], returns: i32 } }).symbols;

const PR_SET_PDEATHSIG = 1;

/** Has the kernel kill this process when the thread that started it ends, however it ends. */
export function dieWithParent(): void {
  checked(libc.prctl(PR_SET_PDEATHSIG, constants.signals.SIGKILL, 0, 0, 0), "prctl");
}
