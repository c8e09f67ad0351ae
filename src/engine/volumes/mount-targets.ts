// Mount points below the exec root for mounts that the engine makes and the OCI runtime binds into containers.
import { chmodSync, chownSync, mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MNT_DETACH, unmount } from "../../linux/mount.ts";
import { mountsWithin } from "../../linux/mount-info.ts";

export class MountTargets {
  private readonly root: string;

  /** @param groupId the group that needs access: the host's id of containers' root */
  constructor(execRoot: string, groupId: number) {
    this.root = join(execRoot, "mounts");
    mkdirSync(this.root, { recursive: true });
    // Volumes may have set-uid programs that other users of the host must not reach (CVE-2021-41091).
    chownSync(this.root, 0, groupId);
    chmodSync(this.root, 0o710);
  }

  /** The directory of a container's mount points, which may not exist. */
  of(containerId: string): string {
    return join(this.root, containerId);
  }

  /** Creates an empty directory or file to mount on and returns its path. */
  make(containerId: string, name: string, isDirectory: boolean): string {
    const directory = this.of(containerId);
    const target = join(directory, name);
    mkdirSync(isDirectory ? target : directory, { recursive: true, mode: 0o711 });
    if (!isDirectory) writeFileSync(target, "");
    return target;
  }

  clear(containerId: string): void {
    const directory = this.of(containerId);
    if (!statSync(directory, { throwIfNoEntry: false })) return;
    // Never recursively: if something is still mounted, its content must not be deleted.
    for (const mounted of mountsWithin(directory)) unmount(mounted, MNT_DETACH);
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) rmdirSync(path);
      else unlinkSync(path);
    }
    rmdirSync(directory);
  }

  /** Removes the mount points of all other containers. */
  clearAllBut(containerIds: ReadonlySet<string>): void {
    for (const containerId of readdirSync(this.root)) if (!containerIds.has(containerId)) this.clear(containerId);
  }
}
