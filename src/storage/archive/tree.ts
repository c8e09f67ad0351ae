// Packs a directory tree, or one file, as a tar archive. Synchronous: for a worker process.
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
import { isErrno } from "../../linux/errno.ts";
import { splitDevice } from "../../linux/files.ts";
import { getXattr, listXattrs } from "../../linux/xattr.ts";
import { isOpaque, OVERLAY_XATTR_PREFIX } from "../overlay-format.ts";
import type { EntryType, TarHeader } from "./header.ts";
import { segmentsOf } from "./holes.ts";
import { OPAQUE_WHITEOUT, WHITEOUT_PREFIX } from "./names.ts";
import { END_OF_ARCHIVE, encodeEntry, paddingAfter } from "./writer.ts";

const CHUNK_LENGTH = 1024 * 1024;
const PERMISSION_BITS = 0o7777;
/** Extended attributes reserved for the kernel and the engine. */
const PRIVATE_XATTRS = [OVERLAY_XATTR_PREFIX, "security.selinux", "security.ima", "security.evm"];

export interface TreeOptions {
  /** Byte string: prefix of all names, without trailing slash; "" makes names relative to the root. */
  name: string;
  /** Whether the root itself becomes an entry. */
  withRoot: boolean;
  /** Maps an owner on disk to the owner in the archive. */
  owner?: (uid: number, gid: number) => { uid: number; gid: number };
  /** The root is an overlay upper directory, and the archive a layer. */
  layer?: LayerOptions;
}

export interface LayerOptions {
  /**
   * Whether this path (relative to the root, without leading slash) is a placeholder created by the engine and so
   * omitted: a directory if all its content is omitted, a file if it is empty.
   */
  isPlaceholder(path: string): boolean;
}

/** Receives the next chunk of an archive, which is valid until it returns. */
export type WritePiece = (piece: Uint8Array) => void;

/**
 * Writes the archive of `root`, a byte string: entries sorted by name, names in a directory prefixed with its name.
 * Omits sockets and files that vanish meanwhile. Not a generator: workers are too short-lived for the JIT compiler, and
 * generators nested per directory would cost more than all system calls.
 * @throws errors with an errno code
 */
export function packTree(root: string, options: TreeOptions, write: WritePiece): void {
  const packer = new TreePacker(options, write);
  if (options.withRoot) packer.entry(root, options.name || "./", true);
  else packer.below(root, options.name);
  write(END_OF_ARCHIVE);
}

class TreePacker {
  private readonly options: TreeOptions;
  private readonly write: WritePiece;
  /** The first name of each file with several hard links, by inode. */
  private readonly linked = new Map<string, string>();
  private readonly chunk = Buffer.allocUnsafe(CHUNK_LENGTH);
  /** Pending headers of placeholder directories, written once an entry inside them is. */
  private readonly held: Uint8Array[] = [];

  constructor(options: TreeOptions, write: WritePiece) {
    this.options = options;
    this.write = write;
  }

  below(directory: string, name: string): void {
    const prefix = name === "" || name === "./" || name.endsWith("/") ? name.replace(/^\.\/$/, "") : `${name}/`;
    if (this.options.layer && isOpaque(bytes(directory))) this.head(markerOf(prefix + OPAQUE_WHITEOUT));
    for (const entry of namesIn(directory).sort()) {
      this.entry(directory === "/" ? `/${entry}` : `${directory}/${entry}`, prefix + entry, false);
    }
  }

  entry(path: string, name: string, isRoot: boolean): void {
    const place = bytes(path);
    let status: BigIntStats;
    try {
      status = lstatSync(place, { bigint: true });
    } catch (thrown) {
      if (isRoot || !isErrno(thrown, "ENOENT")) throw thrown;
      return;
    }
    if (this.options.layer && status.isCharacterDevice() && status.rdev === 0n) {
      const slash = name.lastIndexOf("/") + 1;
      this.head(markerOf(`${name.slice(0, slash)}${WHITEOUT_PREFIX}${name.slice(slash)}`));
      return;
    }
    const isPlaceholder = !isRoot && this.options.layer?.isPlaceholder(name) === true;
    const header = this.headerOf(place, name, status);
    if (header === undefined) return;
    if (header.type === "directory") {
      const head = encodeEntry(header);
      if (isPlaceholder) this.held.push(head);
      else this.head(head);
      this.below(path, name);
      if (isPlaceholder && this.held.at(-1) === head) this.held.pop();
    } else if (isPlaceholder && (status.size === 0n || status.isSymbolicLink())) return;
    else if (header.type === "file") this.file(place, header, status);
    else this.head(encodeEntry(header));
  }

  private head(head: Uint8Array): void {
    if (this.held.length > 0) for (const directory of this.held.splice(0)) this.write(directory);
    this.write(head);
  }

  private headerOf(path: Buffer, name: string, status: BigIntStats): TarHeader | undefined {
    const type = typeOf(status);
    if (type === undefined) return undefined;
    const { uid, gid } = this.ownerOf(Number(status.uid), Number(status.gid));
    const header: TarHeader = {
      type,
      name: type === "directory" && !name.endsWith("/") ? `${name}/` : name,
      linkName: type === "symlink" ? readlinkSync(path, { encoding: "buffer" }).toString("latin1") : "",
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

  /** Further names of a file become hard links to the first. */
  private asLink(header: TarHeader, identity: string): TarHeader {
    const first = this.linked.get(identity);
    if (first !== undefined) return { ...header, type: "link", linkName: first, size: 0, xattrs: new Map() };
    this.linked.set(identity, header.name);
    return header;
  }

  /** A file that changes while being read is truncated or padded to the size in its header. */
  private file(path: Buffer, header: TarHeader, { blocks }: BigIntStats): void {
    let descriptor: number;
    try {
      descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (thrown) {
      if (isErrno(thrown, "ENOENT", "ELOOP")) return;
      throw thrown;
    }
    try {
      if (!fstatSync(descriptor).isFile()) return;
      const segments = segmentsOf(descriptor, header.size, Number(blocks));
      this.head(encodeEntry(segments ? { ...header, segments } : header));
      let stored = 0;
      for (const { offset, length } of segments ?? [{ offset: 0, length: header.size }]) {
        this.stored(descriptor, offset, length);
        stored += length;
      }
      this.write(paddingAfter(stored));
    } finally {
      closeSync(descriptor);
    }
  }

  private stored(descriptor: number, offset: number, length: number): void {
    for (let done = 0; done < length; ) {
      const wanted = Math.min(length - done, CHUNK_LENGTH);
      const count = readSync(descriptor, this.chunk, 0, wanted, offset + done);
      if (count === 0) this.chunk.fill(0, 0, wanted);
      this.write(this.chunk.subarray(0, count || wanted));
      done += count || wanted;
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
    if (isErrno(thrown, "ENOENT", "ENOTDIR")) return [];
    throw thrown;
  }
}

/** A whiteout's entry: an empty file. */
function markerOf(name: string): Uint8Array {
  return encodeEntry({
    type: "file",
    name,
    linkName: "",
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    modified: 0n,
    major: 0,
    minor: 0,
    xattrs: new Map(),
  });
}

/** Undefined for a socket, which tar does not support. */
function typeOf(status: BigIntStats): EntryType | undefined {
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "directory";
  if (status.isSymbolicLink()) return "symlink";
  if (status.isCharacterDevice()) return "character";
  if (status.isBlockDevice()) return "block";
  return status.isFIFO() ? "fifo" : undefined;
}

function xattrsOf(path: Buffer): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const name of listXattrs(path)) {
    if (PRIVATE_XATTRS.some((prefix) => name.startsWith(prefix))) continue;
    const value = getXattr(path, name);
    if (value) found.set(name, value);
  }
  return found;
}

function bytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}
