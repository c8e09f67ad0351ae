// The files and directories that the engine needs in every container: its mount points and the container marker file.
import { closeSync, fstatSync, lchownSync, lstatSync, mkdirSync, openSync, symlinkSync } from "node:fs";
import { posix } from "node:path";
import { BerthError } from "../api/errors.ts";
import { isErrno } from "../linux/errno.ts";
import { setDescriptorTimes } from "../linux/files.ts";
import {
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_WRONLY,
  openDirectoryInRoot,
  pathOfDescriptor,
  withRoot,
} from "../linux/openat2.ts";

type EngineFile = { path: string } & ({ type: "directory" } | { type: "file" } | { type: "link"; target: string });

type Owner = { uid: number; gid: number };
const HOST_ROOT: Owner = { uid: 0, gid: 0 };

const MODE = 0o755;

/** Parents first. */
const ENGINE_FILES: readonly EngineFile[] = [
  { path: "/dev", type: "directory" },
  { path: "/dev/pts", type: "directory" },
  { path: "/dev/shm", type: "directory" },
  { path: "/dev/console", type: "file" },
  { path: "/etc", type: "directory" },
  { path: "/etc/hostname", type: "file" },
  { path: "/etc/hosts", type: "file" },
  { path: "/etc/mtab", type: "link", target: "/proc/mounts" },
  { path: "/etc/resolv.conf", type: "file" },
  { path: "/proc", type: "directory" },
  { path: "/sys", type: "directory" },
  // Programs look for this file to detect that they run in a container.
  { path: "/.dockerenv", type: "file" },
];

/** The engine's own mount points and files in every container. */
export const engineFilePaths: readonly string[] = ENGINE_FILES.map(({ path }) => path);

const PATHS: ReadonlySet<string> = new Set(engineFilePaths);

/** Whether a container path is one of the engine's own. */
export function isEngineFile(path: string): boolean {
  return PATHS.has(path);
}

/** Bytes used by the engine's symbolic links in a container's layer; its other files are empty. */
export function engineBytesIn(layer: string): number {
  return ENGINE_FILES.reduce((sum, file) => {
    if (file.type !== "link") return sum;
    const stat = lstatSync(`${layer}${file.path}`, { throwIfNoEntry: false });
    return stat?.isSymbolicLink() && stat.size === file.target.length ? sum + stat.size : sum;
  }, 0);
}

/**
 * Creates missing engine files, and the working directory, in the mounted root filesystem of a stopped container.
 * Preserves the times of directories, so that nothing shows up as a change.
 * @param owner the container's root user as host ids
 * @throws SystemCallError; BerthError internal, in Docker's words, when the working directory cannot be created
 */
export function makeEngineFiles(rootfs: string, workingDirectory: string, owner: Owner = HOST_ROOT): void {
  withRoot(rootfs, (root) => {
    for (const file of ENGINE_FILES) makeInRoot(root, file, owner);
    makeWorkingDirectory(root, workingDirectory || "/", owner);
  });
}

function makeWorkingDirectory(root: number, path: string, owner: Owner): void {
  try {
    closeSync(openDirectoryInRoot(root, path, owner));
  } catch (thrown) {
    if (!isErrno(thrown, "ENOTDIR")) throw thrown;
    throw new BerthError("internal", `Cannot mkdir: ${path} is not a directory`, thrown);
  }
}

function makeInRoot(root: number, file: EngineFile, owner: Owner): void {
  const parent = openDirectoryInRoot(root, posix.dirname(file.path), owner);
  try {
    const path = `${pathOfDescriptor(parent)}/${posix.basename(file.path)}`;
    if (lstatSync(path, { throwIfNoEntry: false })) return;
    const { atimeNs, mtimeNs } = fstatSync(parent, { bigint: true });
    makeAt(path, file);
    lchownSync(path, owner.uid, owner.gid);
    setDescriptorTimes(parent, atimeNs, mtimeNs);
  } catch (thrown) {
    if (!isErrno(thrown, "EEXIST")) throw thrown;
  } finally {
    closeSync(parent);
  }
}

function makeAt(path: string, file: EngineFile): void {
  if (file.type === "directory") mkdirSync(path, MODE);
  else if (file.type === "link") symlinkSync(file.target, path);
  else closeSync(openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, MODE));
}
