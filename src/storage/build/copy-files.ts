// Copies selected files into an image. The image is the process's root and the source its working directory: absolute
// paths are in the image, relative ones in the source, and no link crosses from one to the other.
import { chmodSync, lchownSync, lstatSync, mkdirSync, statSync } from "node:fs";
import { posix } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { byteString } from "../archive/names.ts";
import { followLinks } from "../files/path-stat.ts";
import type { TreeCopier } from "../files/tree-copy.ts";
import type { ModeChange } from "./file-mode.ts";
import type { Selected } from "./messages.ts";
import type { FileOwner } from "./owner.ts";

const DIRECTORY_MODE = 0o755;

export interface Destination {
  /** Absolute; a trailing slash means a directory. */
  path: string;
  /** Owner of created parent directories. */
  owner: FileOwner;
  mode: ModeChange | undefined;
  /** Whether the whole source path is kept (`--parents`). */
  keepsParents: boolean;
}

/** @throws BerthError, or errors with an errno code */
export function copySelected(copier: TreeCopier, { path, name, isDirectory }: Selected, to: Destination): void {
  const source = byteString(path);
  if (isDirectory) {
    const target = to.keepsParents ? posix.join(to.path, name) : to.path;
    const isNew = !isDirectoryAt(target);
    const real = makeDirectories(target, to.owner);
    copier.copyContent(source, byteString(real));
    // Only the content is copied: an existing directory keeps its mode, a new one gets the default.
    if (isNew && to.mode) chmodSync(real, to.mode(DIRECTORY_MODE, true));
    return;
  }
  const isInto = to.path.endsWith("/") || to.keepsParents || isDirectoryAt(to.path);
  const target = isInto ? posix.join(to.path, name) : to.path;
  // A link as the destination is followed; a link inside the destination directory is replaced.
  const real = isInto ? posix.join(followLinks(posix.dirname(target)), posix.basename(target)) : followLinks(target);
  makeDirectories(posix.dirname(real), to.owner);
  copier.copyEntry(source, byteString(real));
}

/** Creates a directory with missing parents; returns the real path. */
export function makeDirectories(path: string, owner: FileOwner): string {
  const real = followLinks(path);
  let made = "";
  for (const part of real.split("/").filter((name) => name !== "")) {
    made += `/${part}`;
    const present = lstatSync(made, { throwIfNoEntry: false });
    if (present?.isDirectory()) continue;
    if (present) throw new BerthError("invalidParameter", `cannot copy to non-directory: ${path}`);
    mkdirSync(made, DIRECTORY_MODE);
    lchownSync(made, owner.uid, owner.gid);
  }
  return real;
}

function isDirectoryAt(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
