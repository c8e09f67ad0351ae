// One data root, one daemon, and one bridge, one daemon: locks that a crash cannot leave behind; and the process id for
// people and scripts.
import { ftruncateSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { BerthError } from "../api/errors.ts";
import { tryLock } from "../linux/flock.ts";

const BRIDGE_LOCKS = "/run/berth-bridges";

/** Takes the data root for this process, or says which process has it. The answer lets go of it. */
export function lockDataRoot(dataRoot: string): () => void {
  mkdirSync(dataRoot, { recursive: true, mode: 0o710 });
  const path = join(dataRoot, "lock");
  const lock = tryLock(path);
  if (!lock) {
    const holder = readFileSync(path, "utf8").trim();
    throw new BerthError(
      "conflict",
      `another daemon${holder ? ` (process ${holder})` : ""} uses the data root ${dataRoot}: stop it first, or give this one its own --data-root`,
    );
  }
  ftruncateSync(lock.descriptor);
  writeSync(lock.descriptor, String(process.pid));
  return lock.release;
}

/**
 * Takes the default bridge, and with it the firewall's table of that name, for this process: two daemons would each
 * undo for ever what the other has done. The answer lets go of it. @throws BerthError conflict
 */
export function lockBridge(bridge: string): () => void {
  mkdirSync(BRIDGE_LOCKS, { recursive: true, mode: 0o700 });
  // A bridge is one of its network namespace.
  const path = join(BRIDGE_LOCKS, `${statSync("/proc/self/ns/net").ino}-${bridge}`);
  const lock = tryLock(path);
  if (!lock) {
    throw new BerthError(
      "conflict",
      `another daemon has the bridge ${bridge} and its firewall rules: stop it first, or give this one its own --bridge`,
    );
  }
  return () => {
    rmSync(path, { force: true });
    lock.release();
  };
}

/** Leaves this process's id at `path`; the answer takes it away again if it is still this process's. */
export function writePidFile(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  const text = String(process.pid);
  writeFileSync(path, text, { mode: 0o644 });
  return () => {
    try {
      if (readFileSync(path, "utf8") === text) rmSync(path);
    } catch {
      // Somebody else removed it.
    }
  };
}
