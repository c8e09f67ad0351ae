// Changes this process's root to a container's view of its files: its root filesystem with volumes and binds, without
// kernel filesystems.
import { closeSync, openSync, statSync } from "node:fs";
import { posix } from "node:path";
import { isErrno } from "../../linux/errno.ts";
import { bindMount, MS_BIND, MS_RDONLY, MS_REMOUNT, mount } from "../../linux/mount.ts";
import { enterPrivateMounts, enterRoot } from "../../linux/mount-namespace.ts";
import {
  O_CREAT,
  O_NOFOLLOW,
  O_PATH,
  O_WRONLY,
  openDirectoryInRoot,
  openInRoot,
  pathOfDescriptor,
  withRoot,
} from "../../linux/openat2.ts";
import type { View, ViewMount } from "./messages.ts";

/**
 * Makes the view this process's root permanently. Creates missing mount points, as a start would.
 * @throws SystemCallError
 */
export function enterView({ rootfs, mounts }: View): void {
  enterPrivateMounts();
  withRoot(rootfs, (root) => {
    for (const each of [...mounts].sort((a, b) => depthOf(a.destination) - depthOf(b.destination))) place(root, each);
  });
  enterRoot(rootfs);
}

function place(root: number, { source, destination, readOnly, recursive }: ViewMount): void {
  try {
    const point = openPlace(root, destination, statSync(source).isDirectory());
    bindMount(source, pathOfDescriptor(point), recursive);
    closeSync(point);
    if (!readOnly) return;
    // The descriptor refers to the covered directory: look up the path again to get the mount.
    const mounted = openInRoot(root, destination, O_PATH);
    mount("none", pathOfDescriptor(mounted), "none", MS_BIND | MS_REMOUNT | MS_RDONLY);
    closeSync(mounted);
  } catch (thrown) {
    // A container with this file at a mount point cannot start; everything else remains accessible.
    if (!isErrno(thrown, "EROFS", "ENOTDIR", "EISDIR", "ENOENT", "ELOOP")) throw thrown;
  }
}

function openPlace(root: number, destination: string, isDirectory: boolean): number {
  if (isDirectory) return openDirectoryInRoot(root, destination);
  try {
    return openInRoot(root, destination, O_PATH);
  } catch (thrown) {
    if (!isErrno(thrown, "ENOENT")) throw thrown;
  }
  const parent = openDirectoryInRoot(root, posix.dirname(destination));
  const path = `${pathOfDescriptor(parent)}/${posix.basename(destination)}`;
  closeSync(openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o755));
  closeSync(parent);
  return openInRoot(root, destination, O_PATH);
}

function depthOf(path: string): number {
  return path.split("/").filter((part) => part !== "").length;
}
