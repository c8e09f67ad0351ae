// Validates a mount specification (`--mount`, and what `-v` is converted to) and turns it into a plan.
import { existsSync } from "node:fs";
import { isAbsolute, posix } from "node:path";
import { BerthError, messageOf } from "../../api/errors.ts";
import type { MountSpec } from "../../api/host-configuration.ts";
import { type BindPlan, type MountPlan, propagationSchema } from "./mount-plan.ts";
import { choosePropagation, type EngineRoots } from "./propagation.ts";
import { tmpfsOptionsOfSpec } from "./tmpfs-options.ts";

/** Lookups of volumes and images for plans. */
export interface PlanSources {
  /** The name of the specification's volume, which is created if it is missing. */
  volume(spec: MountSpec): { name: string; anonymous: boolean };
  /** The id of an image. @throws BerthError notFound */
  imageId(reference: string): string;
  roots: EngineRoots;
}

type OptionField = "BindOptions" | "VolumeOptions" | "TmpfsOptions" | "ImageOptions";
const OPTION_FIELDS: readonly OptionField[] = ["BindOptions", "VolumeOptions", "ImageOptions", "TmpfsOptions"];
const FIELD_OF_TYPE: Readonly<Record<string, OptionField>> = {
  bind: "BindOptions",
  volume: "VolumeOptions",
  image: "ImageOptions",
  tmpfs: "TmpfsOptions",
};

/** @throws BerthError invalidParameter: `invalid mount config for type "bind": …` */
export function checkMountSpec(spec: MountSpec): void {
  const refuse = (reason: string): never => {
    throw new BerthError("invalidParameter", `invalid mount config for type "${spec.Type ?? ""}": ${reason}`);
  };
  const { Target = "", Source = "", Type = "" } = spec;
  if (Target === "") refuse("field Target must not be empty");
  if (`${Target}${Source}`.includes("\0")) refuse("paths must not contain a NUL byte");
  if (posix.normalize(Target) === "/") refuse("invalid specification: destination can't be '/'");
  if (!isAbsolute(Target)) refuse(`invalid mount path: '${Target}' mount path must be absolute`);
  const own = FIELD_OF_TYPE[Type];
  if (own === undefined) refuse("mount type unknown");
  if ((Type === "bind" || Type === "image") && Source === "") refuse("field Source must not be empty");
  for (const field of OPTION_FIELDS) {
    if (field !== own && spec[field] !== undefined) refuse(`field ${field} must not be specified`);
  }
  if (Type === "bind") checkBind(spec, refuse);
  if (Type === "tmpfs" && Source !== "") refuse("field Source must not be specified");
  if (Type === "tmpfs") whatFails(() => tmpfsOptionsOfSpec(spec), refuse);
  const subpath = spec.VolumeOptions?.Subpath ?? spec.ImageOptions?.Subpath ?? "";
  if (Type === "volume" && Source === "" && subpath !== "") {
    refuse("must not set Subpath when using anonymous volumes");
  }
  if (subpath !== "" && !isLocal(subpath)) refuse("subpath must be a relative path within the volume");
}

function checkBind({ Source = "", BindOptions }: MountSpec, refuse: (reason: string) => never): void {
  const { Propagation = "", IdMap = "" } = BindOptions ?? {};
  if (Propagation !== "" && !propagationSchema.options.some((word) => word === Propagation)) {
    refuse(`invalid propagation mode: ${Propagation}`);
  }
  if (!isAbsolute(Source)) refuse(`invalid mount path: '${Source}' mount path must be absolute`);
  if (IdMap !== "" && IdMap !== "match-user") refuse(`invalid idmap: ${IdMap}`);
}

/** Docker creates such a container and refuses to start it. @throws BerthError internal in Docker's words */
export function checkReadOnlyOptions({ Type, ReadOnly, BindOptions }: MountSpec): void {
  const { ReadOnlyNonRecursive, ReadOnlyForceRecursive } = BindOptions ?? {};
  const conflict = (words: string): never => {
    throw new BerthError("internal", `mount options conflict: ${words}`);
  };
  if (Type !== "bind") return;
  if (!ReadOnly && ReadOnlyNonRecursive) conflict("!ReadOnly && BindOptions.ReadOnlyNonRecursive");
  if (!ReadOnly && ReadOnlyForceRecursive) conflict("!ReadOnly && BindOptions.ReadOnlyForceRecursive");
  if (ReadOnlyNonRecursive && ReadOnlyForceRecursive) {
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

/** How a specification was written, which decides how a missing source is handled. */
export interface SpecificationOrigin {
  mode: string;
  /** -v creates a missing host directory at start; --mount refuses it at create unless CreateMountpoint is set. */
  createSource: boolean;
  /** Whether a read-only bind leaves the mounts below it writable by default, as before API 1.44. */
  readOnlyNonRecursive: boolean;
}

/** @throws BerthError invalidParameter, or the error of creating the volume or finding the image */
export function planMount(spec: MountSpec, origin: SpecificationOrigin, sources: PlanSources): MountPlan {
  checkMountSpec(spec);
  const common = {
    destination: posix.resolve(spec.Target ?? ""),
    readOnly: spec.ReadOnly === true,
  };
  switch (spec.Type) {
    case "bind":
      return bindPlan(spec, origin, common, sources.roots);
    case "volume": {
      const { name, anonymous } = sources.volume(spec);
      return {
        type: "volume",
        ...common,
        // Docker shows the local driver's label mode here, with or without SELinux.
        mode: origin.mode === "" ? "z" : origin.mode,
        name,
        anonymous,
        copyUp: spec.VolumeOptions?.NoCopy !== true,
        subpath: spec.VolumeOptions?.Subpath ?? "",
      };
    }
    case "image": {
      const reference = spec.Source ?? "";
      return {
        type: "image",
        ...common,
        mode: "",
        readOnly: true,
        reference,
        imageId: sources.imageId(reference),
        subpath: spec.ImageOptions?.Subpath ?? "",
      };
    }
    default:
      return { type: "tmpfs", ...common, mode: "", options: tmpfsOptionsOfSpec(spec) };
  }
}

function bindPlan(
  spec: MountSpec,
  origin: SpecificationOrigin,
  common: { destination: string; readOnly: boolean },
  roots: EngineRoots,
): BindPlan {
  const source = posix.resolve(spec.Source ?? "");
  const options = spec.BindOptions ?? {};
  const createSource = origin.createSource || options.CreateMountpoint === true;
  if (!createSource && !existsSync(source)) {
    throw new BerthError(
      "invalidParameter",
      `invalid mount config for type "bind": bind source path does not exist: ${source}`,
    );
  }
  const asked = propagationSchema.options.find((word) => word === options.Propagation);
  const isFlat = options.ReadOnlyNonRecursive || origin.readOnlyNonRecursive;
  return {
    type: "bind",
    ...common,
    mode: origin.mode,
    source,
    ...choosePropagation(source, asked, roots),
    recursive: options.NonRecursive !== true,
    readOnlyDepth: options.ReadOnlyForceRecursive ? "always" : isFlat ? "never" : "if-possible",
    createSource,
    matchUser: options.IdMap === "match-user",
  };
}
