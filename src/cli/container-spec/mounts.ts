// `--mount type=…,source=…,target=…`

import type { MountSpec } from "../../api/host-configuration.ts";
import { pairsOf, splitPair } from "../../api/pairs.ts";
import { FlagValueError } from "../flags/flag.ts";
import { splitCommas } from "../flags/kinds.ts";
import { parseBoolean, parseBytes } from "../flags/numbers.ts";

/** Boolean keys, which mean true without a value. */
const LONE_KEYS = ["readonly", "ro", "volume-nocopy", "bind-nonrecursive"];

type BindOptions = NonNullable<MountSpec["BindOptions"]>;
type VolumeOptions = NonNullable<MountSpec["VolumeOptions"]>;

interface Draft {
  mount: MountSpec;
  bind: BindOptions;
  volume: VolumeOptions;
  driver: { Name?: string; Options?: Record<string, string> };
  tmpfs: NonNullable<MountSpec["TmpfsOptions"]>;
  image: NonNullable<MountSpec["ImageOptions"]>;
}

function flagValue(key: string, value: string): boolean {
  try {
    return parseBoolean(value);
  } catch {
    throw new FlagValueError(`invalid value for ${key}: ${value}`);
  }
}

function withPair(pairs: Record<string, string> | undefined, text: string): Record<string, string> {
  return { ...pairs, ...pairsOf([text]) };
}

function setRecursive(bind: BindOptions, value: string): void {
  switch (value) {
    case "enabled":
      return;
    case "disabled":
      bind.NonRecursive = true;
      return;
    case "writable":
      bind.ReadOnlyNonRecursive = true;
      return;
    case "readonly":
      bind.ReadOnlyForceRecursive = true;
      return;
    default:
      throw new FlagValueError(
        `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
      );
  }
}

/** Applies each key to the draft. */
const setters: Readonly<Record<string, (draft: Draft, value: string, key: string) => void>> = {
  type: ({ mount }, value) => {
    mount.Type = value.toLowerCase();
  },
  source: ({ mount }, value) => {
    mount.Source = value;
  },
  target: ({ mount }, value) => {
    mount.Target = value;
  },
  readonly: ({ mount }, value, key) => {
    mount.ReadOnly = flagValue(key, value);
  },
  consistency: ({ mount }, value) => {
    mount.Consistency = value.toLowerCase();
  },
  "bind-propagation": ({ bind }, value) => {
    bind.Propagation = value.toLowerCase();
  },
  "bind-nonrecursive": ({ bind }, value, key) => {
    bind.NonRecursive = flagValue(key, value);
  },
  "bind-recursive": ({ bind }, value) => setRecursive(bind, value),
  idmap: ({ bind }, value) => {
    bind.IdMap = value;
  },
  "volume-subpath": ({ volume }, value) => {
    volume.Subpath = value;
  },
  "volume-nocopy": ({ volume }, value, key) => {
    volume.NoCopy = flagValue(key, value);
  },
  "volume-label": ({ volume }, value) => {
    volume.Labels = withPair(volume.Labels, value);
  },
  "volume-driver": ({ driver }, value) => {
    driver.Name = value;
  },
  "volume-opt": ({ driver }, value) => {
    driver.Options = withPair(driver.Options, value);
  },
  "image-subpath": ({ image }, value) => {
    image.Subpath = value;
  },
  "tmpfs-size": ({ tmpfs }, value) => {
    tmpfs.SizeBytes = size(value);
  },
  "tmpfs-mode": ({ tmpfs }, value) => {
    if (!/^[0-7]+$/.test(value)) throw new FlagValueError(`invalid value for tmpfs-mode: ${value}`);
    tmpfs.Mode = Number.parseInt(value, 8);
  },
};

const otherNames: Readonly<Record<string, string>> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
};

function size(value: string): number {
  try {
    return parseBytes(value);
  } catch {
    throw new FlagValueError(`invalid value for tmpfs-size: ${value}`);
  }
}

function refuseMixture(type: string, { bind, volume, driver, tmpfs, image }: Draft): void {
  const families: [string, boolean][] = [
    ["bind", Object.keys(bind).length > 0],
    ["volume", Object.keys(volume).length + Object.keys(driver).length > 0],
    ["image", Object.keys(image).length > 0],
    ["tmpfs", Object.keys(tmpfs).length > 0],
  ];
  for (const [family, used] of families) {
    if (used && family !== type) {
      throw new FlagValueError(`cannot mix '${family}-*' options with mount type '${type}'`);
    }
  }
}

/** @throws FlagValueError */
export function readMount(given: string): MountSpec {
  if (given === "") throw new FlagValueError("EOF");
  const draft: Draft = { mount: { Type: "volume" }, bind: {}, volume: {}, driver: {}, tmpfs: {}, image: {} };
  for (const field of splitCommas(given)) {
    const [name, value] = splitPair(field);
    const key = name.toLowerCase();
    if (value === undefined && !LONE_KEYS.includes(key)) {
      throw new FlagValueError(`invalid field '${field}' must be a key=value pair`);
    }
    const setter = setters[otherNames[key] ?? key];
    if (!setter) throw new FlagValueError(`unexpected key '${key}' in '${field}'`);
    setter(draft, value ?? "true", key);
  }
  const { mount, bind, volume, driver, tmpfs, image } = draft;
  if (!mount.Type) throw new FlagValueError("type is required");
  if (!mount.Target) throw new FlagValueError("target is required");
  refuseMixture(mount.Type, draft);
  if (bind.ReadOnlyNonRecursive && !mount.ReadOnly) {
    throw new FlagValueError("option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction");
  }
  if (bind.ReadOnlyForceRecursive && !mount.ReadOnly) {
    throw new FlagValueError("option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction");
  }
  if (bind.ReadOnlyForceRecursive && bind.Propagation !== "rprivate") {
    throw new FlagValueError(
      "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction",
    );
  }
  if (Object.keys(bind).length > 0) mount.BindOptions = bind;
  if (Object.keys(volume).length + Object.keys(driver).length > 0) {
    mount.VolumeOptions = { ...volume, DriverConfig: driver };
  }
  if (Object.keys(tmpfs).length > 0) mount.TmpfsOptions = tmpfs;
  if (Object.keys(image).length > 0) mount.ImageOptions = image;
  return mount;
}
