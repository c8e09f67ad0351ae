// ID mappings of containers with a user namespace, whose root is an unprivileged host user. Files are stored with the
// container's ids, so that layers and volumes work with any mapping.
import { closeSync } from "node:fs";
import { MNT_DETACH, unmount } from "../linux/mount.ts";
import { mountsWithin } from "../linux/mount-info.ts";
import { attachMount, cloneMount, mapIdsOfMount } from "../linux/mount-tree.ts";
import { type IdRange, openUserNamespace } from "../linux/user-namespace.ts";

export interface IdMappings {
  uids: readonly IdRange[];
  gids: readonly IdRange[];
}

export class UserMapping implements IdMappings {
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
  /** A directory for temporary mounts. */
  readonly staging: string;
  private namespace: number | undefined;

  constructor({ uids, gids }: IdMappings, staging: string) {
    this.uids = uids;
    this.gids = gids;
    this.staging = staging;
  }

  /**
   * Await before mounting; removes leftovers of a crash from the staging directory. @throws SystemCallError or an error
   * with an errno code
   */
  async open(): Promise<void> {
    for (const left of mountsWithin(this.staging)) unmount(left, MNT_DETACH);
    this.namespace = await openUserNamespace(withHostRoot(this.uids), withHostRoot(this.gids));
  }

  close(): void {
    if (this.namespace !== undefined) closeSync(this.namespace);
    this.namespace = undefined;
  }

  /** The container's root user as host ids. */
  get root(): { uid: number; gid: number } {
    return { uid: outsideOf(this.uids, 0), gid: outsideOf(this.gids, 0) };
  }

  /**
   * Mounts `source` at `target` with mapped ids.
   * @throws SystemCallError: EINVAL where the filesystem does not support it
   */
  mountMapped(source: string, target: string): void {
    if (this.namespace === undefined) throw new Error("the user mapping is not open");
    const tree = cloneMount(source, false);
    try {
      mapIdsOfMount(tree, this.namespace);
      attachMount(tree, target);
    } finally {
      closeSync(tree);
    }
  }
}

/** The host ID of a container ID; -1 when it is not mapped. */
export function outsideOf(ranges: readonly IdRange[], id: number): number {
  const range = ranges.find(({ inside, size }) => id >= inside && id < inside + size);
  return range ? range.outside + id - range.inside : -1;
}

/** Overlay stores internal files as the mounting user: maps the host's root to an ID after all others. */
function withHostRoot(ranges: readonly IdRange[]): IdRange[] {
  const end = Math.max(...ranges.map(({ inside, size }) => inside + size));
  return [...ranges, { inside: end, outside: 0, size: 1 }];
}
