// Validates a mount (`--mount`, and what `-v` is converted to) and turns it into a plan.
import { existsSync } from "node:fs";
import { isAbsolute, posix } from "node:path";
import { BerthError, messageOf } from "../../api/errors.ts";
import type { BindMountRequest, Mount, VolumeMountRequest } from "../containers/configuration/mounts.ts";
import type { BindPlan, MountPlan } from "./mount-plan.ts";
import { choosePropagation, type EngineRoots } from "./propagation.ts";
import { tmpfsOptionsOfMount } from "./tmpfs-options.ts";

/** Lookups of volumes and images for plans. */
export interface PlanSources {
  /** The name of the mount's volume, which is created if it is missing. */
  volume(mount: VolumeMountRequest): { name: string; anonymous: boolean };
  /** The id of an image. @throws BerthError notFound */
  imageId(reference: string): string;
  roots: EngineRoots;
}

/** @throws BerthError invalidParameter: `invalid mount config for type "bind": …` */
export function checkMount(mount: Mount): void {
  const refuse = (reason: string): never => {
    throw new BerthError("invalidParameter", `invalid mount config for type "${mount.type}": ${reason}`);
  };
  const { target } = mount;
  const source = mount.type === "tmpfs" ? "" : (mount.source ?? "");
  if (`${target}${source}`.includes("\0")) refuse("paths must not contain a NUL byte");
  if (posix.normalize(target) === "/") refuse("invalid specification: destination can't be '/'");
  if (!isAbsolute(target)) refuse(`invalid mount path: '${target}' mount path must be absolute`);
  if (mount.type === "bind" && !isAbsolute(source)) {
    refuse(`invalid mount path: '${source}' mount path must be absolute`);
  }
  if (mount.type === "tmpfs") whatFails(() => tmpfsOptionsOfMount(mount), refuse);
  if (mount.type !== "volume" && mount.type !== "image") return;
  const { subpath = "" } = mount.options ?? {};
  if (source === "" && subpath !== "") refuse("must not set Subpath when using anonymous volumes");
  if (subpath !== "" && !isLocal(subpath)) refuse("subpath must be a relative path within the volume");
}

/** Docker creates such a container and refuses to start it. @throws BerthError internal in Docker's words */
export function checkReadOnlyOptions(mount: Mount): void {
  if (mount.type !== "bind") return;
  const { readOnly, options: { readOnlyNonRecursive, readOnlyForceRecursive } = {} } = mount;
  const conflict = (words: string): never => {
    throw new BerthError("internal", `mount options conflict: ${words}`);
  };
  if (!readOnly && readOnlyNonRecursive) conflict("!ReadOnly && BindOptions.ReadOnlyNonRecursive");
  if (!readOnly && readOnlyForceRecursive) conflict("!ReadOnly && BindOptions.ReadOnlyForceRecursive");
  if (readOnlyNonRecursive && readOnlyForceRecursive) {
    conflict("ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive");
  }
}

/** Whether a relative path has no ".." that leads above its start. */
function isLocal(path: string): boolean {
  return !isAbsolute(path) && !posix.normalize(path).split("/").includes("..");
}

function whatFails(work: () => unknown, refuse: (reason: string) => never): void {
  try {
    work();
  } catch (thrown) {
    refuse(messageOf(thrown));
  }
}

/** How a mount was written, which decides how a missing source is handled. */
export interface SpecificationOrigin {
  mode: string;
  /** -v creates a missing host directory at start; --mount refuses it at create unless CreateMountpoint is set. */
  createSource: boolean;
  /** Whether a read-only bind leaves the mounts below it writable by default, as before API 1.44. */
  readOnlyNonRecursive: boolean;
}

/** @throws BerthError invalidParameter, or the error of creating the volume or finding the image */
export function planMount(mount: Mount, origin: SpecificationOrigin, sources: PlanSources): MountPlan {
  checkMount(mount);
  const common = {
    destination: posix.resolve(mount.target),
    readOnly: mount.readOnly,
  };
  switch (mount.type) {
    case "bind":
      return bindPlan(mount, origin, common, sources.roots);
    case "volume": {
      const { name, anonymous } = sources.volume(mount);
      return {
        type: "volume",
        ...common,
        // Docker shows the local driver's label mode here, with or without SELinux.
        mode: origin.mode === "" ? "z" : origin.mode,
        name,
        anonymous,
        copyUp: mount.options?.noCopy !== true,
        subpath: mount.options?.subpath ?? "",
      };
    }
    case "image": {
      const reference = mount.source;
      return {
        type: "image",
        ...common,
        mode: "",
        readOnly: true,
        reference,
        imageId: sources.imageId(reference),
        subpath: mount.options?.subpath ?? "",
      };
    }
    case "tmpfs":
      return { type: "tmpfs", ...common, mode: "", options: tmpfsOptionsOfMount(mount) };
  }
}

function bindPlan(
  mount: BindMountRequest,
  origin: SpecificationOrigin,
  common: { destination: string; readOnly: boolean },
  roots: EngineRoots,
): BindPlan {
  const source = posix.resolve(mount.source);
  const options = mount.options ?? {};
  const createSource = origin.createSource || options.createMountpoint === true;
  if (!createSource && !existsSync(source)) {
    throw new BerthError(
      "invalidParameter",
      `invalid mount config for type "bind": bind source path does not exist: ${source}`,
    );
  }
  const isFlat = options.readOnlyNonRecursive || origin.readOnlyNonRecursive;
  return {
    type: "bind",
    ...common,
    mode: origin.mode,
    source,
    ...choosePropagation(source, options.propagation, roots),
    recursive: options.nonRecursive !== true,
    readOnlyDepth: options.readOnlyForceRecursive ? "always" : isFlat ? "never" : "if-possible",
    createSource,
    matchUser: options.idMap === "match-user",
  };
}
