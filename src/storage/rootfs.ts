// Root filesystems: overlay mounts of an image's layers with a container's writable layer on top.
import { close, constants, mkdirSync, openSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { chdir, cwd } from "node:process";
import { isErrno } from "../linux/errno.ts";
import { MAX_OPTION_LENGTH, type MountOption, mountNew } from "../linux/fsopen.ts";
import { MNT_DETACH, MS_RDONLY, mount, unmount } from "../linux/mount.ts";
import type { UserMapping } from "./user-mapping.ts";

export interface RootFilesystem {
  /** Absolute paths of read-only directories, top layer first; at least one. */
  lower: readonly string[];
  /** The writable layer, empty or from an earlier mount. Without it (and `work`) the mount is read-only. */
  upper?: string;
  /** Overlay's work directory: empty, on the filesystem of `upper`. */
  work?: string;
  /** An existing, empty directory. */
  target: string;
  /** ID mapping of the mount; ids on disk are unchanged. */
  mapping?: UserMapping;
}

// Layers must be portable between engines: a renamed directory or a file with changed mode must be complete in the
// upper layer rather than refer to a lower one.
const PLAIN_LAYERS: readonly MountOption[] = [
  ["index", "off"],
  ["redirect_dir", "off"],
  ["metacopy", "off"],
];

/** Mounts `lower` and the writable layer at `target`. @throws SystemCallError */
export function mountRootFilesystem(root: RootFilesystem): void {
  if (root.mapping === undefined) mountOverlay(root);
  else mountMapped(root, root.mapping);
}

/** Overlay has no ID mapping but accepts idmapped layers, which are needed only while mounting. */
function mountMapped({ lower, upper, work, target }: RootFilesystem, mapping: UserMapping): void {
  const staged: string[] = [];
  const stage = (path: string): string => {
    const place = join(mapping.staging, String(staged.length));
    mkdirSync(place, { recursive: true, mode: 0o700 });
    mapping.mountMapped(path, place);
    staged.push(place);
    return place;
  };
  try {
    const layers = lower.map(stage);
    if (upper === undefined || work === undefined) {
      mountOverlay({ lower: layers, target });
      return;
    }
    // Both must be on the same mount.
    const writable = stage(dirname(upper));
    const name = (path: string) => join(writable, relative(dirname(upper), path));
    mountOverlay({ lower: layers, upper: name(upper), work: name(work), target });
  } finally {
    for (const place of staged) unmount(place, MNT_DETACH);
  }
}

function mountOverlay({ lower, upper, work, target }: RootFilesystem): void {
  const writable: MountOption[] =
    upper === undefined || work === undefined
      ? []
      : [
          ["upperdir", upper],
          ["workdir", work],
        ];
  // Without an upper layer, overlay requires at least two directories: add an empty one at the bottom.
  const layers = writable.length === 0 && lower.length === 1 ? [...lower, target] : lower;
  const options: MountOption[] = [
    ...layers.map((path): MountOption => ["lowerdir+", path]),
    ...writable,
    ...PLAIN_LAYERS,
  ];
  const fits = options.every(([, value]) => value === true || Buffer.byteLength(value) <= MAX_OPTION_LENGTH);
  if (fits && kernelAppendsLayers !== false) {
    try {
      mountNew("overlay", options, target, writable.length > 0 ? 0 : MS_RDONLY);
      kernelAppendsLayers = true;
      return;
    } catch (thrown) {
      if (kernelAppendsLayers === true || !isErrno(thrown, "ENOSYS", "EINVAL")) throw thrown;
    }
  }
  mountByOptionString(layers, writable, target);
  if (fits) kernelAppendsLayers = false;
}

/** Whether the kernel (6.8 or later) accepts layers one by one; undefined before the first mount. */
let kernelAppendsLayers: boolean | undefined;

/**
 * Unmounts `target`, if mounted, and returns with `target` free. The kernel then syncs the writable layer, which can
 * take seconds: the promise resolves when it has released the layers.
 */
export function unmountRootFilesystem(target: string): Promise<void> {
  let held: number;
  try {
    held = openSync(target, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return Promise.resolve();
    throw thrown;
  }
  // With an open descriptor, detaching is quick; the final close waits for the kernel.
  unmount(target, MNT_DETACH);
  return new Promise((resolve) => close(held, () => resolve()));
}

// mount(2) accepts one page of options. Paths relative to the layers' common directory are short enough for Docker's
// limit of 128 layers; the working directory is process-wide, so it is restored synchronously.
function mountByOptionString(layers: readonly string[], writable: readonly MountOption[], target: string): void {
  const home = cwd();
  const shared = sharedDirectory(layers);
  chdir(shared);
  try {
    const lowerdir = layers.map((path) => escapeOption(relative(shared, path) || ".").replaceAll(":", "\\:"));
    const rest = [...writable, ...PLAIN_LAYERS].map(([name, value]) => `${name}=${escapeOption(String(value))}`);
    const flags = writable.length > 0 ? 0 : MS_RDONLY;
    mount("overlay", target, "overlay", flags, [`lowerdir=${lowerdir.join(":")}`, ...rest].join(","));
  } finally {
    chdir(home);
  }
}

const escapeOption = (path: string): string => path.replaceAll("\\", "\\\\").replaceAll(",", "\\,");

function sharedDirectory(paths: readonly string[]): string {
  const [first = "/", ...others] = paths.map((path) => path.split("/"));
  const parts = typeof first === "string" ? [] : first;
  const differs = parts.findIndex((part, index) => others.some((other) => other[index] !== part));
  return parts.slice(0, differs === -1 ? undefined : differs).join("/") || "/";
}
