// A directory's content copied into another, with everything that makes a file what it is: owner, mode, times,
// attributes, holes left out, hard links kept, devices and links as they are. Paths are byte strings, one character a byte.
import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { makeNode, S_IFMT, setTimes } from "../../linux/files.ts";
import { errorCode } from "../../linux/libc.ts";
import { getXattr, listXattrs, setXattr } from "../../linux/xattr.ts";

const OVERLAY_XATTR_PREFIX = "trusted.overlay.";
const PERMISSION_BITS = 0o7777n;

/** Copies what is in `from` into `to`, both directories, and makes `to` look like `from`. @throws errors with an errno's code */
export function copyTree(from: string, to: string): void {
  copyInto(from, to, new Map());
}

/** `linked` has where each file with several names has been copied to, by its number on its file system. */
function copyInto(from: string, to: string, linked: Map<string, string>): void {
  for (const entry of readdirSync(bytes(from), { encoding: "buffer" })) {
    const name = entry.toString("latin1");
    copyEntry(`${from}/${name}`, `${to}/${name}`, linked);
  }
  // Last: every file made in a directory changes its times.
  copyAppearance(from, to);
}

function copyEntry(from: string, to: string, linked: Map<string, string>): void {
  const status = lstatSync(bytes(from), { bigint: true });
  if (status.isDirectory()) {
    mkdirSync(bytes(to), 0o700);
    copyInto(from, to, linked);
    return;
  }
  const identity = `${status.dev}:${status.ino}`;
  const first = linked.get(identity);
  if (first !== undefined) {
    linkSync(bytes(first), bytes(to));
    return;
  }
  if (status.nlink > 1n) linked.set(identity, to);
  if (status.isSymbolicLink()) symlinkSync(readlinkSync(bytes(from), { encoding: "buffer" }), bytes(to));
  else if (status.isFile()) copyFileSync(bytes(from), bytes(to), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  // A socket is of no use without the process that listens on it.
  else if (status.isSocket()) return;
  else makeNode(bytes(to), Number(status.mode), status.rdev);
  copyAppearance(from, to);
}

function copyAppearance(from: string, to: string): void {
  const source = bytes(from);
  const target = bytes(to);
  const { mode, uid, gid, atimeNs, mtimeNs } = lstatSync(source, { bigint: true });
  lchownSync(target, Number(uid), Number(gid));
  const isLink = (Number(mode) & S_IFMT) === constants.S_IFLNK;
  if (!isLink) chmodSync(target, Number(mode & PERMISSION_BITS));
  for (const name of listXattrs(source)) {
    if (name.startsWith(OVERLAY_XATTR_PREFIX)) continue;
    const value = getXattr(source, name);
    if (value) setIfKept(target, name, value);
  }
  setTimes(target, atimeNs, mtimeNs);
}

/** Some file systems keep no attributes, and none keeps a user's ones on links and devices. */
function setIfKept(path: Uint8Array, name: string, value: Uint8Array): void {
  try {
    setXattr(path, name, value);
  } catch (thrown) {
    if (!["ENOTSUP", "EOPNOTSUPP", "EPERM"].includes(errorCode(thrown) ?? "")) throw thrown;
  }
}

function bytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}
