// Extracts a layer's archive into the layer's directory, in overlay's format. Runs only in a process chrooted to that
// directory, so that the kernel confines all links in the archive to it.
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { errorCode, isErrno } from "../../linux/errno.ts";
import { makeDevice, makeNode, S_IFCHR, setDescriptorTimes, setTimes } from "../../linux/files.ts";
import { DiskWatch } from "../disk-watch.ts";
import { isWhiteout, makeOpaque } from "../overlay-format.ts";
import { DirectoryTimes, nodeTypes, setXattrs, writeAt, writeContent } from "./entries.ts";
import { malformed, type TarHeader } from "./header.ts";
import {
  absolute,
  baseOf,
  cleanName,
  OPAQUE_WHITEOUT,
  parentOf,
  printable,
  WHITEOUT_META_PREFIX,
  WHITEOUT_PREFIX,
} from "./names.ts";
import type { TarEntry } from "./reader.ts";

const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const IMPLIED_DIRECTORY_MODE = 0o755;
const SPECIAL_MODE_BITS = 0o7000;
/** Runs of zeros this long become holes, so that zero bombs use no disk space. */
const HOLE_LENGTH = 64 * 1024;
const ZEROS = Buffer.alloc(HOLE_LENGTH);

export interface DirectoryMetadata {
  mode: number;
  uid: number;
  gid: number;
  accessed: bigint;
  modified: bigint;
  xattrs: ReadonlyMap<string, Uint8Array>;
}

/** The metadata in the layers below of a directory that the archive only implies; undefined for a new one. */
export type LowerDirectories = (path: string) => DirectoryMetadata | undefined;

export class LayerUnpacker {
  /** Total bytes of all files including holes, hard links once; a symbolic link counts its target, as in Docker. */
  size = 0;
  /** Whether the archive had an entry for the root. */
  hasRoot = false;
  /** Whether it had an entry for the parent directory of every entry. */
  hasDirectories = true;
  private readonly below: LowerDirectories;
  private readonly disk = new DiskWatch("/");
  private readonly knownDirectories = new Set<string>([""]);
  private readonly directoryTimes = new DirectoryTimes();

  constructor(below: LowerDirectories) {
    this.below = below;
    this.inherit("");
  }

  /** @throws BerthError or an error with an errno code */
  async add({ header, content }: TarEntry): Promise<void> {
    const path = cleanName(header.name);
    this.disk.beforeCreating();
    if (path === "") {
      if (header.type !== "directory") return;
      this.hasRoot = true;
      this.setDirectory("", header);
      return;
    }
    const base = baseOf(path);
    if (base.startsWith(WHITEOUT_PREFIX)) {
      this.addWhiteout(parentOf(path), base);
      return;
    }
    this.ensureDirectory(parentOf(path));
    if (header.type === "file") await this.addFile(path, header, content);
    else this.addOther(path, header);
  }

  /** Call after the last entry. */
  finish(): void {
    this.directoryTimes.apply(absolute);
  }

  private async addFile(path: string, header: TarHeader, content: AsyncIterable<Buffer>): Promise<void> {
    const ownedByRoot = header.uid === 0 && header.gid === 0;
    const descriptor = this.inClearedPlace(path, () => openSync(absolute(path), CREATE_FLAGS, header.mode));
    try {
      await writeContent(descriptor, header, content, (piece, position) =>
        this.writeAround(descriptor, piece, position),
      );
      if (!ownedByRoot) fchownSync(descriptor, header.uid, header.gid);
      // Changing the owner clears the set-uid bits.
      if (!ownedByRoot && header.mode & SPECIAL_MODE_BITS) fchmodSync(descriptor, header.mode);
      setXattrs(absolute(path), header.xattrs);
      setDescriptorTimes(descriptor, header.accessed ?? header.modified, header.modified);
    } finally {
      closeSync(descriptor);
    }
    this.size += header.size;
  }

  /** Writes `data` at `position` with holes for long runs of zeros; returns the end of the last byte written. */
  private writeAround(descriptor: number, data: Buffer, position: number): number {
    let end = 0;
    const flush = (from: number, to: number): void => {
      this.disk.beforeWriting(to - from);
      writeAt(descriptor, data.subarray(from, to), position + from);
      if (to > from) end = position + to;
    };
    let pending = 0;
    for (let at = 0; at + HOLE_LENGTH <= data.length; at += HOLE_LENGTH) {
      if (data.compare(ZEROS, 0, HOLE_LENGTH, at, at + HOLE_LENGTH) !== 0) continue;
      flush(pending, at);
      pending = at + HOLE_LENGTH;
    }
    flush(pending, data.length);
    return end;
  }

  private addOther(path: string, header: TarHeader): void {
    const bytes = absolute(path);
    switch (header.type) {
      case "directory":
        this.makeDirectory(path);
        this.setDirectory(path, header);
        return;
      case "link": {
        const target = absolute(cleanName(header.linkName));
        this.inClearedPlace(path, () => linkSync(target, bytes), target);
        return;
      }
      case "symlink":
        this.inClearedPlace(path, () => symlinkSync(Buffer.from(header.linkName, "latin1"), bytes));
        this.size += header.linkName.length;
        break;
      case "character":
      case "block":
      case "fifo": {
        const device = header.type === "fifo" ? 0n : makeDevice(header.major, header.minor);
        const mode = nodeTypes[header.type] | header.mode;
        this.inClearedPlace(path, () => makeNode(bytes, mode, device));
        break;
      }
      case "file":
        throw malformed("invalid tar header");
    }
    lchownSync(bytes, header.uid, header.gid);
    if (header.type !== "symlink" && header.mode & SPECIAL_MODE_BITS) chmodSync(bytes, header.mode);
    setXattrs(absolute(path), header.xattrs);
    setTimes(bytes, header.accessed ?? header.modified, header.modified);
  }

  /**
   * Runs `make`, which must fail with EEXIST if `path` exists; the existing file is then removed: the later entry wins.
   */
  private inClearedPlace<T>(path: string, make: () => T, linkTarget?: Buffer): T {
    this.directoryTimes.delete(path);
    try {
      return make();
    } catch (thrown) {
      const code = errorCode(thrown);
      if (code !== "EEXIST") throw thrown;
    }
    const bytes = absolute(path);
    if (linkTarget?.equals(bytes)) throw malformed(`"${printable(path)}" is a link to itself`);
    this.removeTree(bytes);
    return make();
  }

  private removeTree(bytes: Buffer): void {
    rmSync(bytes, { recursive: true });
    this.knownDirectories.clear();
    this.knownDirectories.add("");
  }

  private addWhiteout(parent: string, base: string): void {
    if (base === OPAQUE_WHITEOUT) {
      this.ensureDirectory(parent);
      makeOpaque(absolute(parent));
      return;
    }
    if (base.startsWith(WHITEOUT_META_PREFIX)) return;
    const hidden = base.slice(WHITEOUT_PREFIX.length);
    if (["", ".", ".."].includes(hidden)) throw malformed(`"${printable(base)}" is no whiteout`);
    this.ensureDirectory(parent);
    const path = absolute(parent === "" ? hidden : `${parent}/${hidden}`);
    const present = lstatSync(path, { throwIfNoEntry: false });
    if (present === undefined) makeNode(path, S_IFCHR, 0n);
    // A whiteout only affects lower layers; a file of this layer at the path stays, unless it is a directory, which
    // would show them.
    else if (present.isDirectory()) makeOpaque(path);
  }

  private ensureDirectory(path: string): void {
    if (this.knownDirectories.has(path)) return;
    this.ensureDirectory(parentOf(path));
    const present = lstatSync(absolute(path), { throwIfNoEntry: false });
    if (present === undefined || isWhiteout(present)) {
      this.makeDirectory(path);
      if (present === undefined) {
        this.hasDirectories = false;
        this.inherit(path);
      }
    } else if (!present.isDirectory() && !isLinkToDirectory(path)) {
      throw malformed(`"${printable(path)}" is not a directory`);
    }
    this.knownDirectories.add(path);
  }

  private makeDirectory(path: string): void {
    const bytes = absolute(path);
    try {
      mkdirSync(bytes, IMPLIED_DIRECTORY_MODE);
    } catch (thrown) {
      if (!isErrno(thrown, "EEXIST")) throw thrown;
      const present = lstatSync(bytes);
      if (present.isDirectory()) return;
      this.removeTree(bytes);
      mkdirSync(bytes, IMPLIED_DIRECTORY_MODE);
      if (isWhiteout(present)) makeOpaque(bytes);
    }
    this.knownDirectories.add(path);
  }

  private setDirectory(
    path: string,
    { mode, uid, gid, xattrs, accessed, modified }: TarHeader | DirectoryMetadata,
  ): void {
    const bytes = absolute(path);
    lchownSync(bytes, uid, gid);
    chmodSync(bytes, mode);
    setXattrs(absolute(path), xattrs);
    this.directoryTimes.set(path, accessed ?? modified, modified);
  }

  /** A directory that is only implied must not change the metadata of the one below. */
  private inherit(path: string): void {
    const metadata = this.below(path);
    if (metadata) this.setDirectory(path, metadata);
  }
}

function isLinkToDirectory(path: string): boolean {
  return statSync(absolute(path), { throwIfNoEntry: false })?.isDirectory() ?? false;
}
