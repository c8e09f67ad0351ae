// Creates missing mount points in a container, with Docker's modes: crun 1.8 creates directories of mode 1755, which a
// commit would preserve.
import { closeSync, lchownSync, openSync, statSync } from "node:fs";
import { posix } from "node:path";
import { errorCode } from "../linux/errno.ts";
import {
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_WRONLY,
  openDirectoryInRoot,
  pathOfDescriptor,
  withRoot,
} from "../linux/openat2.ts";

export interface MountPoint {
  /** Absolute path in the container. */
  destination: string;
  /** The bind source; undefined for a separate filesystem. */
  source?: string | undefined;
  readOnly: boolean;
}

type Owner = { uid: number; gid: number };

const FILE_MODE = 0o755;

/**
 * Creates missing mount points in the root filesystem or in a bind mounted above. Failures are left to the OCI runtime,
 * which reports the reason.
 * @param owner the container's root user as host ids
 */
export function makeMountPoints(rootfs: string, mounts: readonly MountPoint[], owner: Owner): void {
  const ordered = mounts.toSorted((a, b) => a.destination.length - b.destination.length);
  for (const mount of ordered) {
    const outer = ordered.findLast(({ destination }) => isBelow(mount.destination, destination));
    if (outer && (outer.source === undefined || outer.readOnly)) continue;
    const root = outer?.source ?? rootfs;
    const path = outer ? posix.join("/", posix.relative(outer.destination, mount.destination)) : mount.destination;
    try {
      withRoot(root, (descriptor) => makeMountPoint(descriptor, path, isDirectory(mount), owner));
    } catch (thrown) {
      if (errorCode(thrown) === undefined) throw thrown;
    }
  }
}

function makeMountPoint(root: number, path: string, directory: boolean, owner: Owner): void {
  const parent = openDirectoryInRoot(root, directory ? path : posix.dirname(path), owner);
  try {
    if (directory) return;
    const file = `${pathOfDescriptor(parent)}/${posix.basename(path)}`;
    closeSync(openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE));
    lchownSync(file, owner.uid, owner.gid);
  } finally {
    closeSync(parent);
  }
}

function isDirectory({ source }: MountPoint): boolean {
  return source === undefined || statSync(source).isDirectory();
}

function isBelow(path: string, directory: string): boolean {
  return path !== directory && path.startsWith(directory === "/" ? "/" : `${directory}/`);
}
