// Resolves the source of a bind, volume or image mount to a directory or file on the host.
import { closeSync, existsSync, fstatSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { systemErrorText } from "../../api/system-errors.ts";
import { isErrno } from "../../linux/errno.ts";
import { bindMount } from "../../linux/mount.ts";
import { O_PATH, openBeneath, pathOfDescriptor, withRoot } from "../../linux/openat2.ts";
import { resolveUser } from "../../runtime/spec/user.ts";
import { mountRootFilesystem } from "../../storage/rootfs.ts";
import { outsideOf, type UserMapping } from "../../storage/user-mapping.ts";
import { mountMatchingUser } from "./id-mapping.ts";
import type { BindPlan, ImagePlan, MountPlan, VolumePlan } from "./mount-plan.ts";

const WHOLE = "";
const PART = "-part";

export interface MountSource {
  volumeDirectory(name: string): string;
  /** An image's layers, top first. */
  lowerDirectories(imageId: string): readonly string[];
  /** Creates a mount point; the suffix is appended to the mount's number. */
  makeTarget(suffix: string, isDirectory: boolean): string;
  /** The mapping of the container's user namespace, applied to volumes and images. */
  mapping: UserMapping | undefined;
  /** The container's mounted root filesystem, in which `match-user` looks up the user. */
  rootfs: string;
  user: string;
}

/** The suffix of the mount point that {@link makeSource} creates; undefined when it creates none. */
export function targetSuffix(plan: Exclude<MountPlan, { type: "tmpfs" }>, isMapped: boolean): string | undefined {
  if (plan.type === "bind") return plan.matchUser || !plan.recursive ? WHOLE : undefined;
  if (plan.subpath !== "") return PART;
  return plan.type === "image" || isMapped ? WHOLE : undefined;
}

/** @throws BerthError in Docker's words when the source is not there */
export async function makeSource(plan: Exclude<MountPlan, { type: "tmpfs" }>, source: MountSource): Promise<string> {
  switch (plan.type) {
    case "bind":
      return bindSource(plan, source);
    case "volume": {
      const root = volumeSource(plan, source);
      return plan.subpath === "" ? root : bindSubpath(root, plan.subpath, source);
    }
    case "image": {
      const root = imageSource(plan, source);
      return plan.subpath === "" ? root : bindSubpath(root, plan.subpath, source);
    }
  }
}

function volumeSource({ name }: VolumePlan, { volumeDirectory, mapping, makeTarget }: MountSource): string {
  const directory = volumeDirectory(name);
  if (!mapping) return directory;
  const target = makeTarget(WHOLE, true);
  try {
    mapping.mountMapped(directory, target);
  } catch (thrown) {
    // Filesystems such as NFS have no idmapped mounts: owners appear as nobody, as with Docker.
    if (!isErrno(thrown, "EINVAL")) throw thrown;
    bindMount(directory, target);
  }
  return target;
}

async function bindSource(plan: BindPlan, { makeTarget, rootfs, user, mapping }: MountSource): Promise<string> {
  if (!existsSync(plan.source)) {
    if (!plan.createSource) {
      throw new BerthError(
        "invalidParameter",
        `invalid mount config for type "bind": bind source path does not exist: ${plan.source}`,
      );
    }
    makeBindSource(plan.source);
  }
  if (targetSuffix(plan, mapping !== undefined) === undefined) return plan.source;
  const target = makeTarget(WHOLE, statSync(plan.source).isDirectory());
  if (plan.matchUser) {
    const { uid, gid } = resolveUser(rootfs, user);
    const shown = mapping ? { uid: outsideOf(mapping.uids, uid), gid: outsideOf(mapping.gids, gid) } : { uid, gid };
    await mountMatchingUser(plan.source, target, plan.recursive, shown);
  }
  // crun always binds recursively, so a non-recursive bind needs a mount without submounts as its source.
  else bindMount(plan.source, target);
  return target;
}

function makeBindSource(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (thrown) {
    const reason = systemErrorText(thrown);
    if (reason === undefined) throw thrown;
    const message = `error while creating mount source path '${path}': ${reason}`;
    throw new BerthError("invalidParameter", message, thrown);
  }
}

function imageSource({ imageId }: ImagePlan, { lowerDirectories, makeTarget, mapping }: MountSource): string {
  const target = makeTarget(WHOLE, true);
  mountRootFilesystem({ lower: lowerDirectories(imageId), target, mapping });
  return target;
}

/**
 * Containers may replace a directory of a volume by a link at any time, so the kernel resolves the subpath inside the
 * volume, and a bind mount pins it.
 */
function bindSubpath(root: string, subpath: string, { makeTarget }: MountSource): string {
  return withRoot(root, (descriptor) => {
    let found: number;
    try {
      found = openBeneath(descriptor, subpath, O_PATH);
    } catch (thrown) {
      if (isErrno(thrown, "EXDEV")) {
        const message = `path concatenation escapes the base directory, base: ${root}, subpath: ${subpath}`;
        throw new BerthError("invalidParameter", message, thrown);
      }
      if (!isErrno(thrown, "ENOENT", "ENOTDIR", "ELOOP")) throw thrown;
      const path = join(root, subpath);
      throw new BerthError("invalidParameter", `cannot access path ${path}: no such file or directory`);
    }
    try {
      const target = makeTarget(PART, fstatSync(found).isDirectory());
      bindMount(pathOfDescriptor(found), target, true);
      return target;
    } finally {
      closeSync(found);
    }
  });
}
