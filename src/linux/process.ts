// What a process says about itself to the kernel, and what the kernel says about others (proc_pid_stat(5)).
import { dlopen, FFIType, ptr } from "bun:ffi";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { checked, errorCode, LIBC } from "./libc.ts";

const { i32, u64 } = FFIType;
const libc = dlopen(LIBC, { prctl: { args: [i32, u64, u64, u64, u64], returns: i32 } }).symbols;

const PR_SET_PDEATHSIG = 1;
const PR_SET_NAME = 15;

/** Has the kernel kill this process when the thread that started it ends, however it ends. */
export function dieWithParent(): void {
  checked(libc.prctl(PR_SET_PDEATHSIG, constants.signals.SIGKILL, 0, 0, 0), "prctl");
}

/** The name that `ps` and `top` show: a program started as /proc/self/exe would be called "exe". */
export function nameProcess(name: string): void {
  checked(libc.prctl(PR_SET_NAME, BigInt(ptr(Buffer.from(`${name}\0`))), 0, 0, 0), "prctl");
}

/** Whether a process lives, is held by a stop signal, or has ended and waits to be reaped; undefined when it is gone. */
export function processState(pid: number): "alive" | "stopped" | "ended" | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch (thrown) {
    if (["ENOENT", "ESRCH"].includes(errorCode(thrown) ?? "")) return undefined;
    throw thrown;
  }
  // The name before the state is in parentheses and may hold any character.
  const letter = stat.charAt(stat.lastIndexOf(")") + 2);
  if (letter === "T" || letter === "t") return "stopped";
  return letter === "Z" || letter === "X" ? "ended" : "alive";
}

/** Whether the process is there and has not ended. */
export function isAlive(pid: number): boolean {
  const state = processState(pid);
  return state !== undefined && state !== "ended";
}

/** The processes a process has started and not yet reaped. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ").filter(Boolean).map(Number);
  } catch (thrown) {
    if (["ENOENT", "ESRCH"].includes(errorCode(thrown) ?? "")) return [];
    throw thrown;
  }
}

/** Sends a signal; a process that is gone is no error. */
export function sendSignal(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if (errorCode(thrown) !== "ESRCH") throw thrown;
  }
}
