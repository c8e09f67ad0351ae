// Root file systems: an image's layers with a container's own writable layer on top, as one overlay mount.
import { close, constants, mkdirSync, openSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { chdir, cwd } from "node:process";
import { isErrno } from "../linux/errno.ts";
import { MAX_OPTION_LENGTH, type MountOption, mountNew } from "../linux/fsopen.ts";
import { MNT_DETACH, MS_RDONLY, mount, unmount } from "../linux/mount.ts";
import type { UserMapping } from "./user-mapping.ts";

export interface RootFilesystem {
  /** Absolute paths of read-only directories, the top layer first; at least one. */
  lower: readonly string[];
  /** The writable layer, empty or from an earlier mount. Without it (and `work`) the mount is read-only. */
  upper?: string;
  /** Overlay's own room: an empty directory on the file system of `upper`. */
  work?: string;
  /** An existing, empty directory. */
  target: string;
  /** Present: all ids are shown through it, while on disk they stay as they are. */
  mapping?: UserMapping;
}

// Layers travel between engines: a directory that was renamed or a file whose mode changed must be whole in the
// writable layer, not a note about a layer below it.
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

/** Overlay itself knows no mappings of ids, but takes layers from mounts that do, and needs these only while it is mounted. */
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
    // Both must be on one mount.
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
  // An overlay without a writable layer wants two directories at least; the empty one below adds nothing.
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

/** Whether this kernel (6.8 and later) takes layers one by one; undefined until the first mount has shown it. */
let kernelAppendsLayers: boolean | undefined;

/**
 * Unmounts what is at `target`; nothing there is no error. The target is free when this returns. The kernel then
 * writes the whole writable layer out, which can take seconds: the promise resolves when it has let go of the layers.
 */
export function unmountRootFilesystem(target: string): Promise<void> {
  let held: number;
  try {
    held = openSync(target, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT")) return Promise.resolve();
    throw thrown;
  }
  // While a descriptor holds the mount, detaching it is quick; who closes the last one does the kernel's work.
  unmount(target, MNT_DETACH);
  return new Promise((resolve) => close(held, () => resolve()));
}

// mount(2) takes one page of options. Paths relative to the directory all layers share are short enough for the
// 128 layers an image may have; the working directory is this process's, so it is back before anything else runs.
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
