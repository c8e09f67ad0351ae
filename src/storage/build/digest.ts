// Digests of files to be copied: names, modes, extended attributes and contents; owners if copies keep them; no times.

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
import { PatternMatcher } from "../../api/pattern-matcher.ts";
import { getXattr, listXattrs } from "../../linux/xattr.ts";
import type { Segment } from "../archive/header.ts";
import { segmentsOf } from "../archive/holes.ts";
import { byteString, printable } from "../archive/names.ts";
import type { Selected, Selection } from "./messages.ts";

const CHUNK_LENGTH = 1024 * 1024;
const STAT_BLOCK = 512;
const VAST_HOLES = 1024 * 1024 * 1024;
const TYPE_AND_PERMISSIONS = 0o177777n;

/** "file:…" for one file, "dir:…" for one directory, "multi:…" for several. */
export function digestOfSelected(
  selected: readonly Selected[],
  { exclude, keepsParents }: Selection,
  countsOwners: boolean,
): string {
  const digester = new Digester(new PatternMatcher(exclude), countsOwners);
  for (const { path, name, isDirectory } of selected) {
    if (!isDirectory) digester.add(byteString(`/${path}`), byteString(name), "");
    else digester.addDirectory(byteString(path === "" ? "" : `/${path}`), keepsParents ? byteString(name) : "");
  }
  const [only, ...others] = selected;
  const kind = others.length > 0 ? "multi" : only?.isDirectory ? "dir" : "file";
  return `${kind}:${digester.result()}`;
}

class Digester {
  private readonly hash = new Bun.CryptoHasher("sha256");
  private readonly chunk = Buffer.allocUnsafe(CHUNK_LENGTH);
  private readonly excluded: PatternMatcher;
  private readonly countsOwners: boolean;

  constructor(excluded: PatternMatcher, countsOwners: boolean) {
    this.excluded = excluded;
    this.countsOwners = countsOwners;
  }

  result(): string {
    return this.hash.digest("hex");
  }

  /** @param relative path below the copied file or directory, "" for itself. All paths are byte strings */
  add(path: string, name: string, relative: string): void {
    const bytes = Buffer.from(path, "latin1");
    const status = lstatSync(bytes, { bigint: true });
    const target = status.isSymbolicLink() ? readlinkSync(bytes, { encoding: "buffer" }).toString("latin1") : "";
    const device = status.isCharacterDevice() || status.isBlockDevice() ? status.rdev : 0n;
    // NUL terminates each field: no name contains it.
    this.hash.update(`${name}\0${status.mode & TYPE_AND_PERMISSIONS}\0${target}\0${device}\0`, "latin1");
    if (this.countsOwners) this.hash.update(`${status.uid}:${status.gid}\0`);
    this.addXattrs(bytes);
    if (status.isFile()) this.addContent(bytes, status);
    if (status.isDirectory()) this.addBelow(path, relative);
  }

  /** The content of a directory, without the directory itself. */
  addDirectory(path: string, name: string): void {
    this.hash.update(`${name}\0`, "latin1");
    this.addBelow(path, "");
  }

  private addBelow(path: string, relative: string): void {
    const names = readdirSync(Buffer.from(path || "/", "latin1"), { encoding: "buffer" });
    for (const entry of names.map((name) => name.toString("latin1")).sort()) {
      const below = relative === "" ? entry : `${relative}/${entry}`;
      if (!this.excluded.matches(printable(below))) this.add(`${path}/${entry}`, below, below);
    }
  }

  private addXattrs(bytes: Buffer): void {
    for (const name of listXattrs(bytes).sort()) {
      const value = getXattr(bytes, name);
      if (value) this.hash.update(`${name}\0${value.length}\0`, "latin1").update(value);
    }
  }

  private addContent(bytes: Buffer, { size, blocks }: BigIntStats): void {
    this.hash.update(`${size}\0`);
    const descriptor = openSync(bytes, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      for (const { offset, length } of this.partsOf(descriptor, Number(size), Number(blocks))) {
        for (let done = 0; done < length; ) {
          const count = readSync(descriptor, this.chunk, 0, Math.min(length - done, CHUNK_LENGTH), offset + done);
          if (count === 0) break;
          this.hash.update(this.chunk.subarray(0, count));
          done += count;
        }
      }
    } finally {
      closeSync(descriptor);
    }
  }

  /** Small holes are read as zeros, since they differ between copies; huge holes are skipped. */
  private partsOf(descriptor: number, size: number, blocks: number): readonly Segment[] {
    const whole = [{ offset: 0, length: size }];
    return size - blocks * STAT_BLOCK < VAST_HOLES ? whole : (segmentsOf(descriptor, size, blocks) ?? whole);
  }
}
