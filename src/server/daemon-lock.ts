// Locks that are released even by a crash: one daemon per data root, exec root and bridge. Also the pid file.
import { ftruncateSync, mkdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { BerthError } from "../api/errors.ts";
import { tryLock } from "../linux/flock.ts";
import { hasProcessIn, networkNamespaceInode } from "../linux/namespace-users.ts";

const BRIDGE_LOCKS = "/run/berth-bridges";

/** Locks the data root for this process. @returns a function that releases it. @throws BerthError conflict, with the pid of the holder */
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

const Owner = v.object({ dataRoot: v.string(), execRoot: v.string() });

/** The engine whose containers use a bridge or an exec root. Written to the lock file, which outlives the daemon. */
export type Owner = v.InferOutput<typeof Owner>;

/**
 * Locks the default bridge, and with it the firewall table of that name, for this process and its data root. Two daemons
 * would keep undoing each other's changes, and a daemon of another data root would remove the interfaces and published
 * ports of running containers as its own leftovers.
 * @returns releases it. @throws BerthError conflict
 */
export function lockBridge(bridge: string, owner: Owner): () => void {
  mkdirSync(BRIDGE_LOCKS, { recursive: true, mode: 0o700 });
  // Bridges of one name may exist in several network namespaces.
  return lockOwned(join(BRIDGE_LOCKS, `${networkNamespaceInode()}-${bridge}`), owner, {
    taken: `another daemon has the bridge ${bridge} and its firewall rules`,
    subject: `the bridge ${bridge}`,
    flag: "--bridge",
  });
}

/** The same for the exec root: another data root would remove its namespaces as leftovers. @throws BerthError conflict */
export function lockExecRoot(owner: Owner): () => void {
  const { execRoot } = owner;
  mkdirSync(execRoot, { recursive: true, mode: 0o711 });
  return lockOwned(join(execRoot, "lock"), owner, {
    taken: `another daemon uses the exec root ${execRoot}`,
    subject: `the exec root ${execRoot}`,
    flag: "--exec-root",
  });
}

interface LockWords {
  taken: string;
  subject: string;
  /** The option that selects another one. */
  flag: string;
}

function lockOwned(path: string, owner: Owner, { taken, subject, flag }: LockWords): () => void {
  const lock = tryLock(path);
  if (!lock) throw new BerthError("conflict", `${taken}: stop it first, or give this one its own ${flag}`);
  try {
    const previous = readOwner(path);
    if (previous && previous.dataRoot !== owner.dataRoot && hasContainers(previous)) {
      throw new BerthError(
        "conflict",
        `${subject} belongs to the data root ${previous.dataRoot}, whose containers are still running: stop them with a daemon of that data root, or give this one its own ${flag}`,
      );
    }
    ftruncateSync(lock.descriptor);
    writeSync(lock.descriptor, JSON.stringify(owner));
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
  return () => {
    if (!hasContainers(owner)) rmSync(path, { force: true });
    lock.release();
  };
}

function readOwner(path: string): Owner | undefined {
  try {
    return v.parse(Owner, JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Newly created, or truncated by a crash of the host, which ended all containers.
    return undefined;
  }
}

const hasContainers = ({ execRoot }: Owner): boolean => hasProcessIn(join(execRoot, "netns"));

/** Writes this process's ID to `path`. @returns removes the file if it still has this ID */
export function writePidFile(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  const text = String(process.pid);
  writeFileSync(path, text, { mode: 0o644 });
  return () => {
    try {
      if (readFileSync(path, "utf8") === text) rmSync(path);
    } catch {
      // Another process removed it.
    }
  };
}
