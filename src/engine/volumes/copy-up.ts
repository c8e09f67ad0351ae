// What a new volume shows at first: the image's own files at the place where it is mounted, as Docker has it.
import { closeSync, fchmodSync, fchownSync, fstatSync, openSync, readdirSync } from "node:fs";
import { isErrno } from "../../linux/errno.ts";
import { O_DIRECTORY, O_RDONLY, openInRoot, pathOfDescriptor, withRoot } from "../../linux/openat2.ts";
import type { Owners } from "../../storage/files/messages.ts";
import { ownerInside } from "../../storage/files/owners.ts";
import { runFilesJob } from "../../storage/files/spawn.ts";

const PERMISSION_BITS = 0o7777;

/**
 * Fills the volume at `directory`, if it is empty, with what `rootfs` has at `path`, if that is a directory.
 * @param owners how `rootfs` shows ids that are to be on disk as they are inside
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

/** Most volumes of images are empty directories: those need no worker. */
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
