// Packs a directory into an archive, as it is or as the layer that a container's writable directory stands for.
// Runs only in a process whose root is that directory: what a container does meanwhile leads nowhere else.
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { splitDevice } from "../../linux/files.ts";
import { errorCode } from "../../linux/libc.ts";
import { getXattr, listXattrs } from "../../linux/xattr.ts";
import type { EntryType, Segment, TarHeader } from "./header.ts";
import { segmentsOf } from "./holes.ts";
import { absolute, OPAQUE_WHITEOUT, WHITEOUT_PREFIX } from "./names.ts";
import { OPAQUE_XATTR, OVERLAY_XATTR_PREFIX } from "./unpack.ts";
import { END_OF_ARCHIVE, encodeEntry, paddingAfter } from "./writer.ts";

const PIECE_LENGTH = 1024 * 1024;
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** The host's own labels, which mean nothing elsewhere. */
const HOST_XATTRS = ["security.selinux", "security.ima", "security.evm"];

export interface PackOptions {
  /** Take the directory for overlay's writable one: its whiteouts become those of archives. */
  isOverlay: boolean;
  /** Whether the root directory has an entry of its own. */
  includesRoot: boolean;
  /** Whether a file or directory without further content stands there only for the engine, and so is left out. */
  isPlaceholder(path: string): boolean;
  /** Takes bytes that are valid only until it returns. */
  write(bytes: Uint8Array): void;
}

export class TreePacker {
  /** Entries written so far. */
  entries = 0;
  private readonly options: PackOptions;
  private readonly buffer = Buffer.alloc(PIECE_LENGTH);
  /** The first name of each file that has several. */
  private readonly linked = new Map<string, string>();
  /** Placeholder directories that are written once something in them is. */
  private readonly held: (() => void)[] = [];

  constructor(options: PackOptions) {
    this.options = options;
  }

  /** Writes the whole archive. @throws SystemCallError, and what `write` throws */
  pack(): void {
    if (this.options.includesRoot) this.writeDirectory("", lstatSync("/", { bigint: true }));
    this.packInside("");
    this.options.write(END_OF_ARCHIVE);
  }

  private packInside(directory: string): void {
    if (this.options.isOverlay && getXattr(absolute(directory), OPAQUE_XATTR)?.[0] === 0x79) {
      this.writeMarker(directory === "" ? OPAQUE_WHITEOUT : `${directory}/${OPAQUE_WHITEOUT}`);
    }
    const names = readdirSync(absolute(directory), { encoding: "buffer" }).map((name) => name.toString("latin1"));
    for (const name of names.sort()) this.packEntry(directory === "" ? name : `${directory}/${name}`, directory, name);
  }

  private packEntry(path: string, directory: string, name: string): void {
    let stats: BigIntStats;
    try {
      stats = lstatSync(absolute(path), { bigint: true });
    } catch (thrown) {
      // Removed since the directory was read: a running container may do so.
      if (errorCode(thrown) === "ENOENT") return;
      throw thrown;
    }
    if (this.options.isOverlay && stats.isCharacterDevice() && stats.rdev === 0n) {
      this.writeMarker(directory === "" ? `${WHITEOUT_PREFIX}${name}` : `${directory}/${WHITEOUT_PREFIX}${name}`);
      return;
    }
    const isPlaceholder = this.options.isPlaceholder(path);
    if (stats.isDirectory()) {
      if (isPlaceholder) this.held.push(() => this.writeDirectory(path, stats));
      else this.writeDirectory(path, stats);
      const waiting = this.held.length;
      this.packInside(path);
      if (isPlaceholder && this.held.length === waiting) this.held.pop();
      return;
    }
    if (isPlaceholder && (stats.size === 0n || stats.isSymbolicLink())) return;
    // A socket is nothing without the process that listens.
    if (!stats.isSocket()) this.writeFile(path, stats);
  }

  private writeDirectory(path: string, stats: BigIntStats): void {
    this.writeHead(this.headerOf(path === "" ? "./" : `${path}/`, path, "directory", stats));
  }

  private writeFile(path: string, stats: BigIntStats): void {
    const identity = `${stats.dev}:${stats.ino}`;
    const first = stats.nlink > 1n ? this.linked.get(identity) : undefined;
    if (first !== undefined) {
      this.writeHead({ ...this.headerOf(path, path, "link", stats), linkName: first, xattrs: new Map() });
      return;
    }
    if (stats.nlink > 1n) this.linked.set(identity, path);
    if (stats.isFile()) {
      this.writeRegular(path, stats);
      return;
    }
    const type = typeOf(stats);
    const linkName = stats.isSymbolicLink()
      ? readlinkSync(absolute(path), { encoding: "buffer" }).toString("latin1")
      : "";
    const device = type === "fifo" || type === "symlink" ? { major: 0, minor: 0 } : splitDevice(stats.rdev);
    this.writeHead({ ...this.headerOf(path, path, type, stats), ...device, linkName });
  }

  private writeRegular(path: string, stats: BigIntStats): void {
    const descriptor = openSync(absolute(path), READ_FLAGS);
    try {
      const size = Number(stats.size);
      const segments = segmentsOf(descriptor, size, Number(stats.blocks));
      const header = this.headerOf(path, path, "file", stats);
      this.writeHead(segments ? { ...header, size, segments } : { ...header, size });
      let written = 0;
      for (const segment of segments ?? [{ offset: 0, length: size }])
        written += this.writeSegment(descriptor, segment);
      this.options.write(paddingAfter(written));
    } finally {
      closeSync(descriptor);
    }
  }

  /** Writes as many bytes as were promised, zeros where the file has become shorter. */
  private writeSegment(descriptor: number, { offset, length }: Segment): number {
    for (let done = 0; done < length; ) {
      const wanted = Math.min(PIECE_LENGTH, length - done);
      const count = readSync(descriptor, this.buffer, 0, wanted, offset + done);
      if (count === 0) this.buffer.fill(0, 0, wanted);
      const taken = count === 0 ? wanted : count;
      this.options.write(this.buffer.subarray(0, taken));
      done += taken;
    }
    return length;
  }

  private writeMarker(name: string): void {
    this.writeHead({
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

  private writeHead(header: TarHeader): void {
    for (const write of this.held.splice(0)) write();
    this.entries += 1;
    this.options.write(encodeEntry(header));
  }

  private headerOf(name: string, path: string, type: EntryType, stats: BigIntStats): TarHeader {
    return {
      type,
      name,
      linkName: "",
      mode: Number(stats.mode) & 0o7777,
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      size: 0,
      modified: stats.mtimeNs,
      major: 0,
      minor: 0,
      xattrs: readXattrs(path),
    };
  }
}

function typeOf(stats: BigIntStats): EntryType {
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isFIFO()) return "fifo";
  return stats.isBlockDevice() ? "block" : "character";
}

function readXattrs(path: string): ReadonlyMap<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  const bytes = absolute(path);
  for (const name of listXattrs(bytes)) {
    if (name.startsWith(OVERLAY_XATTR_PREFIX) || HOST_XATTRS.includes(name)) continue;
    const value = getXattr(bytes, name);
    if (value) xattrs.set(name, value);
  }
  return xattrs;
}
