// A private mount namespace, for short-lived worker processes.
import { dlopen, FFIType } from "bun:ffi";
import { chdir } from "node:process";
import { changeRoot } from "./files.ts";
import { checked, LIBC } from "./libc.ts";
import { MS_PRIVATE, MS_REC, mount } from "./mount.ts";

const CLONE_NEWNS = 0x00020000;

const libc = dlopen(LIBC, { unshare: { args: [FFIType.i32], returns: FFIType.i32 } }).symbols;

/**
 * Moves this thread to a new mount namespace with private propagation. The other threads of the process stay in the old
 * one, so only synchronous calls see the new mounts. @throws SystemCallError
 */
export function enterPrivateMounts(): void {
  checked(libc.unshare(CLONE_NEWNS), "unshare", "CLONE_NEWNS");
  mount("none", "/", "none", MS_REC | MS_PRIVATE);
}

/** Makes `path` the root and working directory, irrevocably. @throws SystemCallError */
export function enterRoot(path: string): void {
  changeRoot(path);
  chdir("/");
}
