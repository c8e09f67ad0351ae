// Docker's `Mounts`: one type with the options of all kinds; a mount may only have those of its own kind.
import { BerthError } from "../api/errors.ts";
import type { MountSpec } from "../api/host-configuration.ts";
import type { Mount } from "../engine/containers/configuration/mounts.ts";
import { propagations } from "../runtime/spec/mounts.ts";

const OPTION_FIELDS = ["BindOptions", "VolumeOptions", "ImageOptions", "TmpfsOptions"] as const;
const FIELD_OF_TYPE = {
  bind: "BindOptions",
  volume: "VolumeOptions",
  image: "ImageOptions",
  tmpfs: "TmpfsOptions",
} as const;

/** @throws BerthError invalidParameter: `invalid mount config for type "bind": …` */
export function mountOf(spec: MountSpec): Mount {
  const { Type = "", Target: target = "", Source: source = "" } = spec;
  const refuse = (reason: string): never => {
    throw new BerthError("invalidParameter", `invalid mount config for type "${Type}": ${reason}`);
  };
  if (target === "") refuse("field Target must not be empty");
  const common = { target, readOnly: spec.ReadOnly === true, consistency: spec.Consistency };
  const ownOptions = (type: keyof typeof FIELD_OF_TYPE): void => {
    const foreign = OPTION_FIELDS.find((field) => field !== FIELD_OF_TYPE[type] && spec[field] !== undefined);
    if (foreign !== undefined) refuse(`field ${foreign} must not be specified`);
  };
  if ((Type === "bind" || Type === "image") && source === "") refuse("field Source must not be empty");
  switch (Type) {
    case "bind":
      ownOptions(Type);
      return { type: Type, source, ...common, options: bindOptionsOf(spec.BindOptions, refuse) };
    case "volume":
      ownOptions(Type);
      return {
        type: Type,
        source: source === "" ? undefined : source,
        ...common,
        options: volumeOptionsOf(spec.VolumeOptions),
      };
    case "image":
      ownOptions(Type);
      return { type: Type, source, ...common, options: spec.ImageOptions && { subpath: spec.ImageOptions.Subpath } };
    case "tmpfs":
      ownOptions(Type);
      if (source !== "") refuse("field Source must not be specified");
      return { type: Type, ...common, options: tmpfsOptionsOf(spec.TmpfsOptions) };
    default:
      return refuse("mount type unknown");
  }
}

type OptionsOf<Type extends Mount["type"]> = Extract<Mount, { type: Type }>["options"];

function bindOptionsOf(options: MountSpec["BindOptions"], refuse: (reason: string) => never): OptionsOf<"bind"> {
  if (!options) return undefined;
  const { Propagation = "", IdMap = "" } = options;
  const propagation = propagations.find((word) => word === Propagation);
  if (Propagation !== "" && propagation === undefined) refuse(`invalid propagation mode: ${Propagation}`);
  if (IdMap !== "" && IdMap !== "match-user") refuse(`invalid idmap: ${IdMap}`);
  return {
    propagation,
    nonRecursive: options.NonRecursive,
    createMountpoint: options.CreateMountpoint,
    readOnlyNonRecursive: options.ReadOnlyNonRecursive,
    readOnlyForceRecursive: options.ReadOnlyForceRecursive,
    idMap: IdMap === "" ? undefined : "match-user",
  };
}

function volumeOptionsOf(options: MountSpec["VolumeOptions"]): OptionsOf<"volume"> {
  if (!options) return undefined;
  const { NoCopy, Labels, Subpath, DriverConfig } = options;
  return {
    noCopy: NoCopy,
    labels: Labels,
    subpath: Subpath,
    driver: DriverConfig && { name: DriverConfig.Name, options: DriverConfig.Options },
  };
}

function tmpfsOptionsOf(options: MountSpec["TmpfsOptions"]): OptionsOf<"tmpfs"> {
  if (!options) return undefined;
  const { SizeBytes, Mode, Options } = options;
  return { sizeBytes: SizeBytes, mode: Mode, options: Options?.map((words) => words ?? []) };
}

/** The form of answers: empty fields are omitted, as by Docker's daemon. */
export function dockerMount(mount: Mount): MountSpec {
  const { type, target, readOnly, consistency } = mount;
  const source = type === "tmpfs" ? undefined : mount.source;
  return {
    Type: type,
    ...(source && { Source: source }),
    Target: target,
    ...(readOnly && { ReadOnly: true }),
    ...(consistency && { Consistency: consistency }),
    ...dockerOptions(mount),
  };
}

function dockerOptions(mount: Mount): MountSpec {
  if (mount.options === undefined) return {};
  switch (mount.type) {
    case "bind": {
      const { propagation, idMap, ...flags } = mount.options;
      return {
        BindOptions: {
          ...(propagation && { Propagation: propagation }),
          ...(flags.nonRecursive && { NonRecursive: true }),
          ...(flags.createMountpoint && { CreateMountpoint: true }),
          ...(flags.readOnlyNonRecursive && { ReadOnlyNonRecursive: true }),
          ...(flags.readOnlyForceRecursive && { ReadOnlyForceRecursive: true }),
          ...(idMap && { IdMap: idMap }),
        },
      };
    }
    case "volume": {
      const { noCopy, labels, subpath, driver } = mount.options;
      return {
        VolumeOptions: {
          ...(noCopy && { NoCopy: true }),
          ...(isFilled(labels) && { Labels: labels }),
          ...(subpath && { Subpath: subpath }),
          ...(driver && {
            DriverConfig: {
              ...(driver.name && { Name: driver.name }),
              ...(isFilled(driver.options) && { Options: driver.options }),
            },
          }),
        },
      };
    }
    case "image":
      return { ImageOptions: mount.options.subpath ? { Subpath: mount.options.subpath } : {} };
    case "tmpfs": {
      const { sizeBytes, mode, options } = mount.options;
      return {
        TmpfsOptions: {
          ...(sizeBytes && { SizeBytes: sizeBytes }),
          ...(mode && { Mode: mode }),
          ...(options?.length && { Options: options }),
        },
      };
    }
  }
}

const isFilled = (map: object | undefined): boolean => map !== undefined && Object.keys(map).length > 0;
