// Network namespaces: created, pinned by a bind mount, entered for the duration of one synchronous function.
// A namespace belongs to a thread: nothing asynchronous may run while this thread is in another one.
import { dlopen, FFIType } from "bun:ffi";
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { checked, LIBC } from "./libc.ts";
import { bindMount, MNT_DETACH, unmount } from "./mount.ts";

const CLONE_NEWNET = 0x40000000;

const libc = dlopen(LIBC, {
  unshare: { args: [FFIType.i32], returns: FFIType.i32 },
  setns: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
}).symbols;

const THREAD_NAMESPACE = "/proc/thread-self/ns/net";
const STDERR = 2;

function returningHome<T>(work: () => T): T {
  const home = openSync(THREAD_NAMESPACE, "r");
  try {
    return work();
  } finally {
    returnTo(home);
    closeSync(home);
  }
}

/** Aborts the process on failure: every socket it opened from then on would belong to a container's network. */
function returnTo(home: number): void {
  try {
    checked(libc.setns(home, CLONE_NEWNET), "setns");
  } catch (thrown) {
    writeSync(STDERR, `failed to return to the host's network namespace, aborting: ${thrown}\n`);
    process.abort();
  }
}

/**
 * Starts the garbage collector's threads, which are in the namespace of the thread that first needs them and stay there: one
 * that is started within {@link inNetworkNamespace} keeps the namespace of a container until it has been idle for seconds.
 */
export function startCollectorThreads(): void {
  Bun.gc(true);
}

/** Creates a network namespace that lives as long as the bind mount at `path`, and runs `work` inside it. */
export function createNetworkNamespace(path: string, work: () => void = () => {}): void {
  returningHome(() => {
    checked(libc.unshare(CLONE_NEWNET), "unshare", "CLONE_NEWNET");
    writeFileSync(path, "", { mode: 0o444 });
    bindMount(THREAD_NAMESPACE, path);
    work();
  });
}

/** Runs `work`, which must be synchronous, with this thread in the namespace at `path`. */
export function inNetworkNamespace<T>(path: string, work: () => T): T {
  const target = openSync(path, "r");
  try {
    return returningHome(() => {
      checked(libc.setns(target, CLONE_NEWNET), "setns", path);
      return work();
    });
  } finally {
    closeSync(target);
  }
}

/** Removes the bind mount; the kernel frees the namespace and its interfaces after its last process. */
export function releaseNetworkNamespace(path: string): void {
  unmount(path, MNT_DETACH);
  rmSync(path, { force: true });
}
