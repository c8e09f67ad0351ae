// Shared by both extractors: content, extended attributes and times of an entry.
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
 * Writes the stored segments of a sparse file; gaps become holes.
 * @param write writes a piece at a position and returns the end of the last byte written; 0 when it wrote none
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

/** Sets extended attributes where supported, except overlayfs's own, which would redirect the kernel's lookups. */
export function setXattrs(path: Buffer, xattrs: ReadonlyMap<string, Uint8Array>): void {
  for (const [name, value] of xattrs) {
    if (name.startsWith(OVERLAY_XATTR_PREFIX)) continue;
    try {
      setXattr(path, name, value);
    } catch (thrown) {
      // Some filesystems have no extended attributes, and links and devices never have user.* ones.
      if (!isErrno(thrown, "ENOTSUP", "EOPNOTSUPP", "EPERM")) throw thrown;
    }
  }
}

/** Directory times, set last because creating a file in a directory changes them. */
export class DirectoryTimes {
  private readonly times = new Map<string, readonly [accessed: bigint, modified: bigint]>();

  /** @param path a byte string */
  set(path: string, accessed: bigint, modified: bigint): void {
    this.times.set(path, [accessed, modified]);
  }

  delete(path: string): void {
    this.times.delete(path);
  }

  /** @param bytesOf returns the path for the kernel */
  apply(bytesOf: (path: string) => Buffer): void {
    for (const [path, [accessed, modified]] of this.times) {
      try {
        setTimes(bytesOf(path), accessed, modified);
      } catch (thrown) {
        // A later entry replaced the directory or one of its parents.
        if (!isErrno(thrown, "ENOENT", "ENOTDIR")) throw thrown;
      }
    }
  }
}
