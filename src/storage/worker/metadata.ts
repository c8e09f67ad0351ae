// Metadata of an open directory: owner, mode, times and attributes.
import { closeSync, fstatSync } from "node:fs";
import { getXattr, listXattrs } from "../../linux/xattr.ts";
import type { DirectoryMetadata } from "../archive/unpack.ts";

/** Reads and closes `directory`, a descriptor open for reading. */
export function readMetadata(directory: number): DirectoryMetadata {
  try {
    const { mode, uid, gid, atimeNs, mtimeNs } = fstatSync(directory, { bigint: true });
    const xattrs = new Map<string, Uint8Array>();
    for (const name of listXattrs(directory)) {
      const value = getXattr(directory, name);
      if (value) xattrs.set(name, value);
    }
    return {
      mode: Number(mode) & 0o7777,
      uid: Number(uid),
      gid: Number(gid),
      accessed: atimeNs,
      modified: mtimeNs,
      xattrs,
    };
  } finally {
    closeSync(directory);
  }
}
