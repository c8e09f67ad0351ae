// Describes a directory tree as a comparable list with all metadata that an archive can store.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { getXattr, listXattrs } from "../../src/linux/xattr.ts";

export interface TreeOptions {
  /** Without it, times of directories are omitted, because creating files changes them. */
  withDirectoryTimes?: boolean;
}

/** Path → mode, owner, time, size, device, content, link target, attributes, and which paths are one file. */
export function describeTree(root: string, { withDirectoryTimes = true }: TreeOptions = {}): Record<string, string> {
  const lines: Record<string, string> = {};
  const names = new Map<string, string>();
  walk(Buffer.from(root), ".");
  return lines;

  function walk(path: Buffer, name: string): void {
    const stats = lstatSync(path, { bigint: true });
    if (stats.isCharacterDevice() && stats.rdev === 0n) {
      lines[name] = "whiteout";
      return;
    }
    const isDirectory = stats.isDirectory();
    const xattrs = listXattrs(path)
      .filter((key) => !key.startsWith("trusted.overlay.") || key === "trusted.overlay.opaque")
      .sort()
      .map((key) => `${key}=${Buffer.from(getXattr(path, key) ?? []).toString("hex")}`);
    const identity = `${stats.dev}:${stats.ino}`;
    const first = isDirectory ? undefined : names.get(identity);
    names.set(identity, first ?? name);
    lines[name] = [
      stats.mode.toString(8),
      `${stats.uid}:${stats.gid}`,
      isDirectory && !withDirectoryTimes ? "" : stats.mtimeNs,
      isDirectory ? "" : stats.size,
      stats.isCharacterDevice() || stats.isBlockDevice() ? `dev ${stats.rdev}` : "",
      stats.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16) : "",
      stats.isSymbolicLink() ? readlinkSync(path, { encoding: "buffer" }).toString("latin1") : "",
      first ? `= ${first}` : "",
      ...xattrs,
    ].join(" ");
    if (!isDirectory) return;
    for (const entry of readdirSync(path, { encoding: "buffer" }).sort(Buffer.compare)) {
      walk(Buffer.concat([path, Buffer.from("/"), entry]), `${name}/${entry.toString("latin1")}`);
    }
  }
}
