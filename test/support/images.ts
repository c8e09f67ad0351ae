// Root filesystems for test images as tar archives, from the machine's own packages.
import { chmodSync, copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { busyboxArchive } from "../../scripts/setup/busybox.ts";
import { mustRun } from "./command.ts";

export { busyboxArchive };

let plain: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** The busybox archive without additions, created once per process. */
export function sharedBusyboxArchive(): Promise<Uint8Array<ArrayBuffer>> {
  plain ??= busyboxArchive();
  return plain;
}

/**
 * Busybox with `redis-server` and `redis-cli` of Debian's redis-tools package, which holds both (the server's own
 * package only adds a link and a service). Throws if it is not installed.
 */
export function redisArchive(): Promise<Uint8Array<ArrayBuffer>> {
  return busyboxArchive(async (root) => {
    await copyProgram("/usr/bin/redis-check-rdb", "/usr/bin/redis-server", root);
    await copyProgram("/usr/bin/redis-cli", "/usr/bin/redis-cli", root);
  });
}

/** Copies a program of this machine into a root filesystem, with its shared libraries. */
export async function copyProgram(source: string, target: string, root: string): Promise<void> {
  copyInto(root, source, target);
  const linked = await mustRun(["ldd", source]);
  for (const library of linked.match(/\/\S+/g) ?? []) {
    if (!existsSync(join(root, library))) copyInto(root, library, library);
  }
}

function copyInto(root: string, source: string, target: string): void {
  mkdirSync(join(root, dirname(target)), { recursive: true });
  copyFileSync(source, join(root, target));
  chmodSync(join(root, target), 0o755);
}
