// What a process says about itself to the kernel, and what the kernel says about others (proc_pid_stat(5)).
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { isErrno } from "./errno.ts";
import { checked, LIBC } from "./libc.ts";

const { i32, i64, u64 } = FFIType;
const libc = dlopen(LIBC, {
  prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  syscall: { args: [i64, i64, i64, i64, i64], returns: i32 },
}).symbols;

const PR_SET_PDEATHSIG = 1;
const PR_SET_NAME = 15;

// The same numbers on every architecture: system calls from 424 on share one table.
const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** In clock ticks since boot. */
  startTime: number;
}

/** Has the kernel kill this process when the thread that started it ends, however it ends. */
export function dieWithParent(): void {
  checked(libc.prctl(PR_SET_PDEATHSIG, constants.signals.SIGKILL, 0, 0, 0), "prctl");
}

/** The name that `ps` and `top` show: a program started as /proc/self/exe would be called "exe". */
export function nameProcess(name: string): void {
  checked(libc.prctl(PR_SET_NAME, BigInt(ptr(Buffer.from(`${name}\0`))), 0, 0, 0), "prctl");
}

export type ProcessState = "alive" | "stopped" | "ended";

/** Whether a process is alive, stopped by a signal, or a zombie; undefined when it has exited. */
export function processState(pid: number): ProcessState | undefined {
  return statOf(pid)?.state;
}

/** The identity of the process that has this number now; undefined when there is none. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** As {@link processState}; undefined also when the number belongs to another process by now. */
export function stateOfProcess({ pid, startTime }: ProcessIdentity): ProcessState | undefined {
  const stat = statOf(pid);
  return stat?.startTime === startTime ? stat.state : undefined;
}

export function isProcessAlive(identity: ProcessIdentity): boolean {
  const state = stateOfProcess(identity);
  return state !== undefined && state !== "ended";
}

const START_TIME_FIELD = 22;
const STATE_FIELD = 3;

function statOf(pid: number): { state: ProcessState; startTime: number } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ESRCH")) return undefined;
    throw thrown;
  }
  // The name, the second field, is in parentheses and may contain any character.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: stateOfLetter(fields[0]), startTime: Number(fields[START_TIME_FIELD - STATE_FIELD]) };
}

function stateOfLetter(letter: string | undefined): ProcessState {
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
    if (isErrno(thrown, "ENOENT", "ESRCH")) return [];
    throw thrown;
  }
}

/** Sends a signal; an exited process is no error. */
export function sendSignal(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if (!isErrno(thrown, "ESRCH")) throw thrown;
  }
}

/** Sends a signal to this process only, never to a later one with its number; an exited process is no error. */
export function signalProcess(identity: ProcessIdentity, signal: number): void {
  let descriptor: number;
  try {
    descriptor = checked(libc.syscall(SYS_PIDFD_OPEN, identity.pid, 0, 0, 0), "pidfd_open");
  } catch (thrown) {
    if (isErrno(thrown, "ESRCH")) return;
    throw thrown;
  }
  try {
    // Checked after the descriptor is open: from here on the number cannot be reused unnoticed.
    if (stateOfProcess(identity) === undefined) return;
    checked(libc.syscall(SYS_PIDFD_SEND_SIGNAL, descriptor, signal, 0, 0), "pidfd_send_signal");
  } catch (thrown) {
    if (!isErrno(thrown, "ESRCH")) throw thrown;
  } finally {
    closeSync(descriptor);
  }
}
