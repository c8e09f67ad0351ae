// overlayfs markers of hidden files: a whiteout for one name, an opaque attribute for a directory's lower content.
// Source: Documentation/filesystems/overlayfs.rst.
import { getXattr, setXattr } from "../linux/xattr.ts";

export const OVERLAY_XATTR_PREFIX = "trusted.overlay.";
export const OPAQUE_XATTR = `${OVERLAY_XATTR_PREFIX}opaque`;
const OPAQUE = "y";

/** Whether a directory is opaque. @throws ENOENT and ENOTDIR */
export function isOpaque(directory: Buffer): boolean {
  const value = getXattr(directory, OPAQUE_XATTR);
  return value !== undefined && Buffer.from(value).toString("latin1") === OPAQUE;
}

export function makeOpaque(directory: Buffer): void {
  setXattr(directory, OPAQUE_XATTR, Buffer.from(OPAQUE));
}

/** Whether a file is a whiteout, by its metadata. */
export function isWhiteout(status: { isCharacterDevice(): boolean; rdev: number | bigint }): boolean {
  return status.isCharacterDevice() && Number(status.rdev) === 0;
}
