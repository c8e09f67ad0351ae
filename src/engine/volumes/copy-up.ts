// Fills a new volume with the image's files at its mount point, as Docker does.
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isErrno } from "../../linux/errno.ts";
import { O_DIRECTORY, O_RDONLY, openBeneath, openInRoot, pathOfDescriptor, withRoot } from "../../linux/openat2.ts";
import type { Owners } from "../../storage/files/messages.ts";
import { ownerInside } from "../../storage/files/owners.ts";
import { runFilesJob } from "../../storage/files/spawn.ts";

const PERMISSION_BITS = 0o7777;

export interface FillTarget {
  /** The volume's data. */
  directory: string;
  /** The directory in it that is filled; "" is the whole volume. */
  subpath: string;
  /** A path for a file that tells a later fill that this one was interrupted. */
  marker: string;
}

/**
 * Fills an empty volume with the content of the directory `path` of `rootfs`, or continues a fill that a killed daemon
 * or a full disk has interrupted.
 * @param owners maps the ids in `rootfs` to those on disk
 */
export async function fillVolume(
  { directory, subpath, marker }: FillTarget,
  rootfs: string,
  path: string,
  owners: Owners,
): Promise<void> {
  // A subpath that is missing or outside of the volume is reported when it is mounted.
  const target = openDirectory(directory, (root) => openBeneath(root, subpath || ".", O_RDONLY | O_DIRECTORY));
  if (target === undefined) return;
  const source = openDirectory(rootfs, (root) => openInRoot(root, path, O_RDONLY | O_DIRECTORY));
  try {
    if (source === undefined || !(isEmpty(target) || wasInterrupted(marker, subpath))) return;
    if (isEmpty(source)) return takeOwner(target, source, owners);
    writeFileSync(marker, subpath);
    await runFilesJob({ job: "fill", rootfs, path, target: directory, subpath, owners });
    rmSync(marker);
  } finally {
    closeSync(target);
    if (source !== undefined) closeSync(source);
  }
}

const isEmpty = (directory: number): boolean => readdirSync(pathOfDescriptor(directory)).length === 0;

function wasInterrupted(marker: string, subpath: string): boolean {
  return existsSync(marker) && readFileSync(marker, "utf8") === subpath;
}

function openDirectory(path: string, open: (root: number) => number): number | undefined {
  try {
    return withRoot(path, open);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENOTDIR", "ELOOP", "EXDEV")) return undefined;
    throw thrown;
  }
}

/** Most image volumes are empty directories, which need no worker. */
function takeOwner(target: number, source: number, owners: Owners): void {
  const { uid: shownUid, gid: shownGid, mode } = fstatSync(source);
  const { uid, gid } = ownerInside(owners)(shownUid, shownGid);
  fchownSync(target, uid, gid);
  fchmodSync(target, mode & PERMISSION_BITS);
}
