// Copies what was selected of a source into an image's files. Runs where the image is the process's root and the source
// its working directory: a path with a slash before it is of the image, one without of the source, and no link that
// either holds leads into the other, or out.
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
  /** Absolute; with a slash at its end it is a directory. */
  path: string;
  /** Of directories made on the way. */
  owner: FileOwner;
  mode: ModeChange | undefined;
  /** Whether what is copied keeps its name with all directories in it. */
  keepsParents: boolean;
}

/** @throws BerthError, or errors with an errno's code */
export function copySelected(copier: TreeCopier, { path, name, isDirectory }: Selected, to: Destination): void {
  const source = byteString(path);
  if (isDirectory) {
    const target = to.keepsParents ? posix.join(to.path, name) : to.path;
    const isNew = !isDirectoryAt(target);
    const real = makeDirectories(target, to.owner);
    copier.copyContent(source, byteString(real));
    // What is copied is the content: a directory that was there stays as it is, and a new one looks like any other.
    if (isNew && to.mode) chmodSync(real, to.mode(DIRECTORY_MODE, true));
    return;
  }
  const isInto = to.path.endsWith("/") || to.keepsParents || isDirectoryAt(to.path);
  const target = isInto ? posix.join(to.path, name) : to.path;
  // A destination that is a link is written where the link leads; a link in a directory gives way to what has its name.
  const real = isInto ? posix.join(followLinks(posix.dirname(target)), posix.basename(target)) : followLinks(target);
  makeDirectories(posix.dirname(real), to.owner);
  copier.copyEntry(source, byteString(real));
}

/** Makes a directory and those that lead to it, where they are missing; answers its real path. */
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
