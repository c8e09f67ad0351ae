// Packs a directory tree, or one file, as a tar archive. Synchronous: meant for a process that does nothing else.
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { splitDevice } from "../../linux/files.ts";
import { errorCode } from "../../linux/libc.ts";
import { getXattr, listXattrs } from "../../linux/xattr.ts";
import type { EntryType, TarHeader } from "./header.ts";
import { END_OF_ARCHIVE, encodeEntry, paddingAfter } from "./writer.ts";

const CHUNK_LENGTH = 1024 * 1024;
const PERMISSION_BITS = 0o7777;
/** What the kernel and the engine keep for themselves. */
const PRIVATE_XATTRS = ["trusted.overlay.", "security.selinux", "security.ima", "security.evm"];

export interface TreeOptions {
  /** Byte string: what names begin with, without a slash at the end; "" makes them begin with what is in the root. */
  name: string;
  /** Whether the root itself is an entry. */
  withRoot: boolean;
  /** Turns an owner on disk into the one in the archive. */
  owner?: (uid: number, gid: number) => { uid: number; gid: number };
}

/**
 * The archive of what is at `root`, a byte string: entries in the order of their names, names below a directory
 * beginning with its own. Files that vanish while it is read are left out; sockets always are.
 * @throws errors with an errno's code
 */
export function* packTree(root: string, options: TreeOptions): Generator<Uint8Array, void, void> {
  const packer = new TreePacker(options);
  if (options.withRoot) yield* packer.entry(root, options.name, true);
  else yield* packer.below(root, options.name);
  yield END_OF_ARCHIVE;
}

class TreePacker {
  private readonly options: TreeOptions;
  /** The first name of each file that has several, by its number on its file system. */
  private readonly linked = new Map<string, string>();
  private readonly chunk = Buffer.allocUnsafe(CHUNK_LENGTH);

  constructor(options: TreeOptions) {
    this.options = options;
  }

  *below(directory: string, name: string): Generator<Uint8Array, void, void> {
    const prefix = name === "" || name.endsWith("/") ? name : `${name}/`;
    for (const entry of namesIn(directory).sort()) {
      yield* this.entry(directory === "/" ? `/${entry}` : `${directory}/${entry}`, prefix + entry, false);
    }
  }

  *entry(path: string, name: string, isRoot: boolean): Generator<Uint8Array, void, void> {
    let header: TarHeader | undefined;
    try {
      header = this.headerOf(path, name);
    } catch (thrown) {
      if (isRoot || errorCode(thrown) !== "ENOENT") throw thrown;
    }
    if (header === undefined) return;
    if (header.type === "file") yield* this.file(path, header);
    else yield encodeEntry(header);
    if (header.type === "directory") yield* this.below(path, name);
  }

  private headerOf(path: string, name: string): TarHeader | undefined {
    const status = lstatSync(bytes(path), { bigint: true });
    const type = typeOf(status);
    if (type === undefined) return undefined;
    const { uid, gid } = this.ownerOf(Number(status.uid), Number(status.gid));
    const header: TarHeader = {
      type,
      name: type === "directory" && !name.endsWith("/") ? `${name}/` : name,
      linkName: type === "symlink" ? readlinkSync(bytes(path), { encoding: "buffer" }).toString("latin1") : "",
      mode: Number(status.mode) & PERMISSION_BITS,
      uid,
      gid,
      size: type === "file" ? Number(status.size) : 0,
      modified: status.mtimeNs,
      ...(type === "character" || type === "block" ? splitDevice(status.rdev) : { major: 0, minor: 0 }),
      xattrs: xattrsOf(path),
    };
    return type !== "directory" && status.nlink > 1n ? this.asLink(header, `${status.dev}:${status.ino}`) : header;
  }

  /** The second and later names of one file are links to the first. */
  private asLink(header: TarHeader, identity: string): TarHeader {
    const first = this.linked.get(identity);
    if (first !== undefined) return { ...header, type: "link", linkName: first, size: 0, xattrs: new Map() };
    this.linked.set(identity, header.name);
    return header;
  }

  /** A file that changes while it is read is cut or filled up to the size that its header has promised. */
  private *file(path: string, header: TarHeader): Generator<Uint8Array, void, void> {
    let descriptor: number;
    try {
      descriptor = openSync(bytes(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (thrown) {
      if (["ENOENT", "ELOOP"].includes(errorCode(thrown) ?? "")) return;
      throw thrown;
    }
    try {
      if (!fstatSync(descriptor).isFile()) return;
      yield encodeEntry(header);
      for (let left = header.size; left > 0; ) {
        const wanted = Math.min(left, CHUNK_LENGTH);
        const length = readSync(descriptor, this.chunk, 0, wanted, header.size - left);
        if (length === 0) this.chunk.fill(0, 0, wanted);
        yield this.chunk.subarray(0, length || wanted);
        left -= length || wanted;
      }
      yield paddingAfter(header.size);
    } finally {
      closeSync(descriptor);
    }
  }

  private ownerOf(uid: number, gid: number): { uid: number; gid: number } {
    return this.options.owner?.(uid, gid) ?? { uid, gid };
  }
}

/** A directory may vanish between its own entry and its content. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(bytes(directory), { encoding: "buffer" }).map((name) => name.toString("latin1"));
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(thrown) ?? "")) return [];
    throw thrown;
  }
}

/** Undefined for a socket, which an archive cannot hold. */
function typeOf(status: BigIntStats): EntryType | undefined {
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "directory";
  if (status.isSymbolicLink()) return "symlink";
  if (status.isCharacterDevice()) return "character";
  if (status.isBlockDevice()) return "block";
  return status.isFIFO() ? "fifo" : undefined;
}

function xattrsOf(path: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const name of listXattrs(bytes(path))) {
    if (PRIVATE_XATTRS.some((prefix) => name.startsWith(prefix))) continue;
    const value = getXattr(bytes(path), name);
    if (value) found.set(name, value);
  }
  return found;
}

function bytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}
