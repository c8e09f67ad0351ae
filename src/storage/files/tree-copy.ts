// Copies a directory's content with all metadata: owner, mode, times, extended attributes, hard links, holes, devices
// and symbolic links. Paths are byte strings, one character per byte.
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { BerthError } from "../../api/errors.ts";
import { isErrno } from "../../linux/errno.ts";
import { makeNode, setTimes } from "../../linux/files.ts";
import { getXattr, listXattrs, setXattr } from "../../linux/xattr.ts";
import { segmentsOf } from "../archive/holes.ts";
import { printable } from "../archive/names.ts";
import { DiskWatch } from "../disk-watch.ts";
import { OVERLAY_XATTR_PREFIX } from "../overlay-format.ts";

const COPY_FLAGS = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
const PERMISSION_BITS = 0o7777n;
const STAT_BLOCK = 512;
const CHUNK_LENGTH = 1024 * 1024;

export interface CopyOptions {
  /** Maps the owner of a file to that of its copy. */
  owner(uid: number, gid: number): { uid: number; gid: number };
  /** Maps the permissions. */
  mode?: ((mode: number, isDirectory: boolean) => number) | undefined;
  /** Whether to skip this path, relative to the copied directory. */
  excludes?(path: string): boolean;
}

/**
 * Copies the content and the metadata of directory `from` to directory `to`.
 * @throws BerthError, or errors with an errno code
 */
export function copyTree(from: string, to: string, owner: CopyOptions["owner"]): void {
  const copier = new TreeCopier({ owner });
  copier.copyContent(from, to);
  copier.copyAppearance(from, to);
  copier.finish();
}

/** Copies replace existing files; directories are merged. */
export class TreeCopier {
  private readonly options: CopyOptions;
  private readonly disk = new DiskWatch("/");
  /** The copy of each file with several hard links, by inode. */
  private readonly linked = new Map<string, string>();
  // Set last: creating files in a directory changes its times.
  private readonly directoryTimes = new Map<string, BigIntStats>();

  constructor(options: CopyOptions) {
    this.options = options;
  }

  /** Copies the content of directory `from` to directory `to`. @throws BerthError, or errors with an errno code */
  copyContent(from: string, to: string): void {
    this.copyBelow(from, to, "");
  }

  /** Copies `from`, of any type, to `to`, whose parent exists. @throws as {@link copyContent} */
  copyEntry(from: string, to: string): void {
    this.copy(from, to, "");
  }

  /** Copies the metadata of `from` to `to`. */
  copyAppearance(from: string, to: string): void {
    this.appear(from, to, lstatSync(bytes(from), { bigint: true }));
  }

  /** Call after the last copy. */
  finish(): void {
    for (const [path, { atimeNs, mtimeNs }] of this.directoryTimes) setTimes(bytes(path), atimeNs, mtimeNs);
  }

  private copyBelow(from: string, to: string, relative: string): void {
    for (const entry of readdirSync(bytes(from || "."), { encoding: "buffer" })) {
      const name = entry.toString("latin1");
      const below = relative === "" ? name : `${relative}/${name}`;
      if (this.options.excludes?.(printable(below))) continue;
      this.copy(from === "" ? name : `${from}/${name}`, to === "/" ? `/${name}` : `${to}/${name}`, below);
    }
  }

  private copy(from: string, to: string, relative: string): void {
    const status = lstatSync(bytes(from), { bigint: true });
    // A socket is useless without its listening process.
    if (status.isSocket()) return;
    this.disk.beforeCreating();
    makeRoom(to, status);
    if (status.isDirectory()) this.copyBelow(from, to, relative);
    else if (this.linkedTo(status, to)) return;
    else if (status.isSymbolicLink()) symlinkSync(readlinkSync(bytes(from), { encoding: "buffer" }), bytes(to));
    else if (status.isFile()) this.copyFile(from, to, status);
    else makeNode(bytes(to), Number(status.mode), status.rdev);
    this.appear(from, to, status);
  }

  private linkedTo({ dev, ino, nlink }: BigIntStats, to: string): boolean {
    if (nlink === 1n) return false;
    const first = this.linked.get(`${dev}:${ino}`);
    if (first === undefined) this.linked.set(`${dev}:${ino}`, to);
    else linkSync(bytes(first), bytes(to));
    return first !== undefined;
  }

  private copyFile(from: string, to: string, { size, blocks }: BigIntStats): void {
    this.disk.beforeWriting(Number(blocks) * STAT_BLOCK);
    const original = openSync(bytes(from), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const segments = segmentsOf(original, Number(size), Number(blocks));
      if (segments === undefined) {
        copyFileSync(bytes(from), bytes(to), COPY_FLAGS);
        return;
      }
      const copy = openSync(bytes(to), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      try {
        for (const { offset, length } of segments) copyPart(original, copy, offset, length);
        ftruncateSync(copy, Number(size));
      } finally {
        closeSync(copy);
      }
    } finally {
      closeSync(original);
    }
  }

  private appear(from: string, to: string, status: BigIntStats): void {
    const [source, target] = [bytes(from || "."), bytes(to)];
    const { uid, gid } = this.options.owner(Number(status.uid), Number(status.gid));
    lchownSync(target, uid, gid);
    const permissions = Number(status.mode & PERMISSION_BITS);
    if (!status.isSymbolicLink()) {
      chmodSync(target, this.options.mode?.(permissions, status.isDirectory()) ?? permissions);
    }
    for (const name of listXattrs(source)) {
      if (name.startsWith(OVERLAY_XATTR_PREFIX)) continue;
      const value = getXattr(source, name);
      if (value) setAttribute(target, name, value);
    }
    if (status.isDirectory()) this.directoryTimes.set(to, status);
    else setTimes(target, status.atimeNs, status.mtimeNs);
  }
}

function makeRoom(to: string, status: BigIntStats): void {
  const present = lstatSync(bytes(to), { throwIfNoEntry: false });
  if (present?.isDirectory() && !status.isDirectory()) {
    throw new BerthError("invalidParameter", `cannot overwrite directory "${printable(to)}" with non-directory`);
  }
  if (present && !present.isDirectory()) rmSync(bytes(to));
  if (status.isDirectory() && !present?.isDirectory()) mkdirSync(bytes(to), 0o700);
}

function copyPart(from: number, to: number, offset: number, length: number): void {
  const chunk = Buffer.allocUnsafe(Math.min(length, CHUNK_LENGTH));
  for (let done = 0; done < length; ) {
    const count = readSync(from, chunk, 0, Math.min(length - done, chunk.length), offset + done);
    if (count === 0) return;
    for (let at = 0; at < count; ) at += writeSync(to, chunk, at, count - at, offset + done + at);
    done += count;
  }
}

/** Some filesystems have no extended attributes, and links and devices never have user.* ones. */
function setAttribute(path: Uint8Array, name: string, value: Uint8Array): void {
  try {
    setXattr(path, name, value);
  } catch (thrown) {
    if (!isErrno(thrown, "ENOTSUP", "EOPNOTSUPP", "EPERM")) throw thrown;
  }
}

function bytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}
