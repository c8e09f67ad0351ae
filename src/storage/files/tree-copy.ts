// A directory's content copied into another, with everything that makes a file what it is: owner, mode, times,
// attributes, hard links kept, devices and links as they are. Paths are byte strings, one character a byte.
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
import { makeNode, setTimes } from "../../linux/files.ts";
import { errorCode } from "../../linux/libc.ts";
import { getXattr, listXattrs, setXattr } from "../../linux/xattr.ts";

const OVERLAY_XATTR_PREFIX = "trusted.overlay.";
const COPY_FLAGS = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
const PERMISSION_BITS = 0o7777n;

type Owner = (uid: number, gid: number) => { uid: number; gid: number };

/**
 * Copies what is in `from` into `to`, both directories, and makes `to` look like `from`.
 * @param owner turns the owner of an original into that of its copy
 * @throws errors with an errno's code
 */
export function copyTree(from: string, to: string, owner: Owner): void {
  new TreeCopier(owner).copyInto(from, to);
}

class TreeCopier {
  private readonly owner: Owner;
  /** Where each file with several names has been copied to, by its number on its file system. */
  private readonly linked = new Map<string, string>();

  constructor(owner: Owner) {
    this.owner = owner;
  }

  copyInto(from: string, to: string): void {
    for (const entry of readdirSync(bytes(from), { encoding: "buffer" })) {
      const name = entry.toString("latin1");
      this.copyEntry(`${from}/${name}`, `${to}/${name}`);
    }
    // Last: every file made in a directory changes its times.
    this.copyAppearance(from, to);
  }

  private copyEntry(from: string, to: string): void {
    const status = lstatSync(bytes(from), { bigint: true });
    if (status.isDirectory()) {
      mkdirSync(bytes(to), 0o700);
      this.copyInto(from, to);
      return;
    }
    const identity = `${status.dev}:${status.ino}`;
    const first = this.linked.get(identity);
    if (first !== undefined) {
      linkSync(bytes(first), bytes(to));
      return;
    }
    if (status.nlink > 1n) this.linked.set(identity, to);
    if (status.isSymbolicLink()) symlinkSync(readlinkSync(bytes(from), { encoding: "buffer" }), bytes(to));
    else if (status.isFile()) copyFileSync(bytes(from), bytes(to), COPY_FLAGS);
    // A socket is of no use without the process that listens on it.
    else if (status.isSocket()) return;
    else makeNode(bytes(to), Number(status.mode), status.rdev);
    this.copyAppearance(from, to);
  }

  private copyAppearance(from: string, to: string): void {
    const [source, target] = [bytes(from), bytes(to)];
    const status = lstatSync(source, { bigint: true });
    const { uid, gid } = this.owner(Number(status.uid), Number(status.gid));
    lchownSync(target, uid, gid);
    if (!status.isSymbolicLink()) chmodSync(target, Number(status.mode & PERMISSION_BITS));
    for (const name of listXattrs(source)) {
      if (name.startsWith(OVERLAY_XATTR_PREFIX)) continue;
      const value = getXattr(source, name);
      if (value) setIfKept(target, name, value);
    }
    setTimes(target, status.atimeNs, status.mtimeNs);
  }
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
