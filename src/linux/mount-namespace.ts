// A mount namespace of one's own, for a short-lived process that wants to see files another way than the host does.
import { dlopen, FFIType } from "bun:ffi";
import { chdir } from "node:process";
import { changeRoot } from "./files.ts";
import { checked, LIBC } from "./libc.ts";
import { MS_PRIVATE, MS_REC, mount } from "./mount.ts";

const CLONE_NEWNS = 0x00020000;

const libc = dlopen(LIBC, { unshare: { args: [FFIType.i32], returns: FFIType.i32 } }).symbols;

/**
 * Gives this thread mounts of its own, which end with it; nothing mounted from now on shows outside. The process's
 * other threads stay behind: from here on only synchronous calls see the new mounts. @throws SystemCallError
 */
export function enterPrivateMounts(): void {
  checked(libc.unshare(CLONE_NEWNS), "unshare", "CLONE_NEWNS");
  mount("none", "/", "none", MS_REC | MS_PRIVATE);
}

/** Makes `path` this thread's root and working directory: there is no way back. @throws SystemCallError */
export function enterRoot(path: string): void {
  changeRoot(path);
  chdir("/");
}
