// Places below the exec root on which mounts of containers are made that the OCI runtime then binds from.
import { chmodSync, chownSync, mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MNT_DETACH, unmount } from "../../linux/mount.ts";
import { mountsWithin } from "../../linux/mount-info.ts";

export class MountTargets {
  private readonly root: string;

  /** `groupId` is the group of those who must come through: the host's ids of containers' roots. */
  constructor(execRoot: string, groupId: number) {
    this.root = join(execRoot, "mounts");
    mkdirSync(this.root, { recursive: true });
    // Volumes may hold programs with set-uid bits: no other user of the host is to come to them (CVE-2021-41091).
    chownSync(this.root, 0, groupId);
    chmodSync(this.root, 0o710);
  }

  /** The directory of a container's places; it need not be there. */
  of(containerId: string): string {
    return join(this.root, containerId);
  }

  /** Makes an empty directory or file to mount on; answers its path. */
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
    // Never recursively: should something still be mounted here, what it shows must not be removed.
    for (const mounted of mountsWithin(directory)) unmount(mounted, MNT_DETACH);
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) rmdirSync(path);
      else unlinkSync(path);
    }
    rmdirSync(directory);
  }

  /** Takes away the places of all containers but these. */
  clearAllBut(containerIds: ReadonlySet<string>): void {
    for (const containerId of readdirSync(this.root)) if (!containerIds.has(containerId)) this.clear(containerId);
  }
}
