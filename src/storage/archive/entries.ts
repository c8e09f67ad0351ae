// What both ways of unpacking an archive do alike with an entry: its content, its attributes, its times.
import { ftruncateSync, writeSync } from "node:fs";
import { isErrno } from "../../linux/errno.ts";
import { S_IFBLK, S_IFCHR, S_IFIFO, setTimes } from "../../linux/files.ts";
import { setXattr } from "../../linux/xattr.ts";
import { OVERLAY_XATTR_PREFIX } from "../overlay-format.ts";
import type { Segment, TarHeader } from "./header.ts";

export const nodeTypes = { character: S_IFCHR, block: S_IFBLK, fifo: S_IFIFO } as const;

/** Writes a whole piece at a position. */
export function writeAt(descriptor: number, piece: Buffer, position: number): void {
  for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at, piece.length - at, position + at);
}

/**
 * Writes the stored bytes where they belong; what lies between is a hole.
 * @param write writes a piece at a position and answers where the last byte it wrote ends; 0 when it wrote none
 */
export async function writeContent(
  descriptor: number,
  { size, segments }: TarHeader,
  content: AsyncIterable<Buffer>,
  write: (piece: Buffer, position: number) => number,
): Promise<void> {
  if (size === 0) return;
  const rest = [...(segments ?? [{ offset: 0, length: size }])];
  let segment: Segment | undefined = rest.shift();
  let written = 0;
  let end = 0;
  for await (const piece of content) {
    for (let start = 0; start < piece.length; ) {
      while (segment && written === segment.length) {
        segment = rest.shift();
        written = 0;
      }
      if (segment === undefined) return;
      const part = piece.subarray(start, start + segment.length - written);
      end = Math.max(end, write(part, segment.offset + written));
      written += part.length;
      start += part.length;
    }
  }
  if (end < size) ftruncateSync(descriptor, size);
}

/** Sets the attributes that the file system can keep, except overlayfs's own: they would redirect the kernel's lookups. */
export function setXattrs(path: Buffer, xattrs: ReadonlyMap<string, Uint8Array>): void {
  for (const [name, value] of xattrs) {
    if (name.startsWith(OVERLAY_XATTR_PREFIX)) continue;
    try {
      setXattr(path, name, value);
    } catch (thrown) {
      // Some file systems keep no attributes, and no file system keeps a user's ones on links and devices.
      if (!isErrno(thrown, "ENOTSUP", "EOPNOTSUPP", "EPERM")) throw thrown;
    }
  }
}

/** The times of directories, set after everything: making a file in a directory changes the directory's time. */
export class DirectoryTimes {
  private readonly times = new Map<string, readonly [accessed: bigint, modified: bigint]>();

  /** @param path a byte string */
  set(path: string, accessed: bigint, modified: bigint): void {
    this.times.set(path, [accessed, modified]);
  }

  delete(path: string): void {
    this.times.delete(path);
  }

  /** @param bytesOf the path for the kernel */
  apply(bytesOf: (path: string) => Buffer): void {
    for (const [path, [accessed, modified]] of this.times) {
      try {
        setTimes(bytesOf(path), accessed, modified);
      } catch (thrown) {
        // A later entry replaced the directory, or one above it.
        if (!isErrno(thrown, "ENOENT", "ENOTDIR")) throw thrown;
      }
    }
  }
}
