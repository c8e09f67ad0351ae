// Fills a new volume with the image's files at its mount point, as Docker does.
import { closeSync, fchmodSync, fchownSync, fstatSync, openSync, readdirSync } from "node:fs";
import { isErrno } from "../../linux/errno.ts";
import { O_DIRECTORY, O_RDONLY, openInRoot, pathOfDescriptor, withRoot } from "../../linux/openat2.ts";
import type { Owners } from "../../storage/files/messages.ts";
import { ownerInside } from "../../storage/files/owners.ts";
import { runFilesJob } from "../../storage/files/spawn.ts";

const PERMISSION_BITS = 0o7777;

/**
 * Fills an empty volume at `directory` with the content of the directory `path` of `rootfs`.
 * @param owners maps the ids in `rootfs` to those on disk
 */
export async function fillVolume(directory: string, rootfs: string, path: string, owners: Owners): Promise<void> {
  if (readdirSync(directory).length > 0) return;
  const source = openDirectory(rootfs, path);
  if (source === undefined) return;
  try {
    const isEmpty = readdirSync(pathOfDescriptor(source)).length === 0;
    if (isEmpty) takeOwner(directory, source, owners);
    else await runFilesJob({ job: "fill", rootfs, path, target: directory, owners });
  } finally {
    closeSync(source);
  }
}

function openDirectory(rootfs: string, path: string): number | undefined {
  try {
    return withRoot(rootfs, (root) => openInRoot(root, path, O_RDONLY | O_DIRECTORY));
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw thrown;
  }
}

/** Most image volumes are empty directories, which need no worker. */
function takeOwner(directory: string, source: number, owners: Owners): void {
  const { uid: shownUid, gid: shownGid, mode } = fstatSync(source);
  const { uid, gid } = ownerInside(owners)(shownUid, shownGid);
  const target = openSync(directory, O_RDONLY | O_DIRECTORY);
  try {
    fchownSync(target, uid, gid);
    fchmodSync(target, mode & PERMISSION_BITS);
  } finally {
    closeSync(target);
  }
}
