// Mounts by fsopen(2), fsconfig(2), fsmount(2) and move_mount(2), which do not limit the number of options. Called by number,
// because glibc before 2.36 has no wrappers.
import { dlopen, FFIType, ptr } from "bun:ffi";
import { closeSync, readSync } from "node:fs";
import { checked, cString, LIBC } from "./libc.ts";

// System calls from 424 on have the same numbers on all architectures.
const SYS_MOVE_MOUNT = 429;
const SYS_FSOPEN = 430;
const SYS_FSCONFIG = 431;
const SYS_FSMOUNT = 432;

const FSOPEN_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const AT_FDCWD = -100;
const LOG_MESSAGE_LENGTH = 1024;

/** The kernel's limit for the value of one option, without NUL. */
export const MAX_OPTION_LENGTH = 255;

/** An option of a file system; `true` for a flag. */
export type MountOption = readonly [name: string, value: string | true];

const { i64, i32 } = FFIType;
const libc = dlopen(LIBC, { syscall: { args: [i64, i64, i64, i64, i64, i64], returns: i32 } }).symbols;

/**
 * Mounts a new file system of `type` at `target`.
 * @param options given to the kernel in this order; no value longer than {@link MAX_OPTION_LENGTH}.
 * @param attributes MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC: MOUNT_ATTR_* has the same values for these four.
 * @throws SystemCallError; its message ends with the kernel's log messages.
 */
export function mountNew(type: string, options: readonly MountOption[], target: string, attributes = 0): void {
  const typeBytes = cString(type);
  const context = checked(libc.syscall(SYS_FSOPEN, ptr(typeBytes), FSOPEN_CLOEXEC, 0, 0, 0), "fsopen", type);
  try {
    for (const option of options) setOption(context, option);
    checked(libc.syscall(SYS_FSCONFIG, context, FSCONFIG_CMD_CREATE, 0, 0, 0), "fsconfig", type);
    const mounted = checked(libc.syscall(SYS_FSMOUNT, context, FSMOUNT_CLOEXEC, attributes, 0, 0), "fsmount", type);
    try {
      attach(mounted, target);
    } finally {
      closeSync(mounted);
    }
  } catch (thrown) {
    if (thrown instanceof Error) thrown.message += kernelLog(context);
    throw thrown;
  } finally {
    closeSync(context);
  }
}

function setOption(context: number, [name, value]: MountOption): void {
  const nameBytes = cString(name);
  if (value === true) {
    checked(libc.syscall(SYS_FSCONFIG, context, FSCONFIG_SET_FLAG, ptr(nameBytes), 0, 0), "fsconfig", name);
    return;
  }
  const valueBytes = cString(value);
  const result = libc.syscall(SYS_FSCONFIG, context, FSCONFIG_SET_STRING, ptr(nameBytes), ptr(valueBytes), 0);
  checked(result, "fsconfig", `${name}=${value}`);
}

function attach(mounted: number, target: string): void {
  const here = cString("");
  const targetBytes = cString(target);
  const result = libc.syscall(SYS_MOVE_MOUNT, mounted, ptr(here), AT_FDCWD, ptr(targetBytes), MOVE_MOUNT_F_EMPTY_PATH);
  checked(result, "move_mount", target);
}

/** The log messages of a context, each with a letter for its level in front; an empty log reads as ENODATA. */
function kernelLog(context: number): string {
  const messages: string[] = [];
  const buffer = Buffer.alloc(LOG_MESSAGE_LENGTH);
  try {
    for (;;) messages.push(buffer.toString("utf8", 0, readSync(context, buffer)).trim());
  } catch {
    return messages.map((message) => `; ${message.slice(2)}`).join("");
  }
}
