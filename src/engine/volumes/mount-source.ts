// What a container's bind of a host path, volume or image really binds: a directory or file of the host.
import { closeSync, existsSync, fstatSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { errorCode } from "../../linux/libc.ts";
import { bindMount } from "../../linux/mount.ts";
import { mountOf } from "../../linux/mount-info.ts";
import { O_PATH, openInRoot, pathOfDescriptor, withRoot } from "../../linux/openat2.ts";
import { resolveUser } from "../../runtime/spec/user.ts";
import { mountRootFilesystem } from "../../storage/rootfs.ts";
import { mountMatchingUser } from "./id-mapping.ts";
import type { BindPlan, ImagePlan, MountPlan } from "./mount-plan.ts";

const WHOLE = "";
const PART = "-part";

export interface MountSource {
  volumeDirectory(name: string): string;
  /** An image's layers, the top one first. */
  lowerDirectories(imageId: string): readonly string[];
  /** Makes a place to mount on, apart from every other: "" or a suffix to the mount's number. */
  makeTarget(suffix: string, isDirectory: boolean): string;
  /** The container's mounted root file system and user, whom `match-user` looks up there. */
  rootfs: string;
  user: string;
}

/** What follows the mount's number in the name of the place {@link makeSource} makes; undefined when it makes none. */
export function targetSuffix(plan: Exclude<MountPlan, { type: "tmpfs" }>): string | undefined {
  if (plan.type === "bind") return plan.matchUser || !plan.recursive ? WHOLE : undefined;
  if (plan.subpath !== "") return PART;
  return plan.type === "image" ? WHOLE : undefined;
}

/** @throws BerthError in Docker's words when the source is not there */
export async function makeSource(plan: Exclude<MountPlan, { type: "tmpfs" }>, source: MountSource): Promise<string> {
  switch (plan.type) {
    case "bind":
      return bindSource(plan, source);
    case "volume": {
      const directory = source.volumeDirectory(plan.name);
      return plan.subpath === "" ? directory : bindSubpath(directory, plan.subpath, source);
    }
    case "image": {
      const root = imageSource(plan, source);
      return plan.subpath === "" ? root : bindSubpath(root, plan.subpath, source);
    }
  }
}

async function bindSource(plan: BindPlan, { makeTarget, rootfs, user }: MountSource): Promise<string> {
  if (!existsSync(plan.source)) {
    if (!plan.createSource) {
      throw new BerthError(
        "invalidParameter",
        `invalid mount config for type "bind": bind source path does not exist: ${plan.source}`,
      );
    }
    mkdirSync(plan.source, { recursive: true, mode: 0o755 });
  }
  checkPropagation(plan);
  if (targetSuffix(plan) === undefined) return plan.source;
  const target = makeTarget(WHOLE, statSync(plan.source).isDirectory());
  if (plan.matchUser) await mountMatchingUser(plan.source, target, plan.recursive, resolveUser(rootfs, user));
  // crun binds with all mounts below, whatever it is told: what is not to be seen must not be there.
  else bindMount(plan.source, target);
  return target;
}

/** Mounts travel between the host and a container only where the host's own mount lets them. */
function checkPropagation({ source, propagation }: BindPlan): void {
  const mounted = propagation.endsWith("private") ? undefined : mountOf(realpathSync(source));
  if (mounted === undefined) return;
  const isShared = mounted.propagation.some((tag) => tag.startsWith("shared:"));
  const isSlave = mounted.propagation.some((tag) => tag.startsWith("master:"));
  const refuse = (wanted: string): never => {
    throw new BerthError(
      "invalidParameter",
      `path ${source} is mounted on ${mounted.point} but it is not a ${wanted} mount`,
    );
  };
  if (propagation.endsWith("shared") && !isShared) refuse("shared");
  if (propagation.endsWith("slave") && !isShared && !isSlave) refuse("shared or slave");
}

function imageSource({ imageId }: ImagePlan, { lowerDirectories, makeTarget }: MountSource): string {
  const target = makeTarget(WHOLE, true);
  mountRootFilesystem({ lower: lowerDirectories(imageId), target });
  return target;
}

/**
 * A part of a volume is written by containers, who may put a link in the place of a directory at any time: it is
 * found by the kernel inside the volume and held by a mount of its own.
 */
function bindSubpath(root: string, subpath: string, { makeTarget }: MountSource): string {
  return withRoot(root, (descriptor) => {
    let found: number;
    try {
      found = openInRoot(descriptor, subpath, O_PATH);
    } catch (thrown) {
      if (!["ENOENT", "ENOTDIR", "ELOOP"].includes(errorCode(thrown) ?? "")) throw thrown;
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
