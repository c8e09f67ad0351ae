// Packs overlay's upper directory, this process's root, as a layer's archive.
import { closeSync, constants, fstatSync, lstatSync, writeSync } from "node:fs";
import { O_PATH, openInRoot } from "../../linux/openat2.ts";
import { Gather } from "../archive/gather.ts";
import { printable } from "../archive/names.ts";
import { packTree } from "../archive/tree.ts";
import { isEngineFile } from "../engine-files.ts";

const PIECE_LENGTH = 1024 * 1024;

export interface PackedChanges {
  /** sha256 of the uncompressed archive. */
  digest: string;
  /** Bytes. */
  size: number;
  /** Whether nothing changed. */
  isEmpty: boolean;
}

/**
 * @param output the open archive
 * @param layersBelow open directories, top first
 * @param onProgress called with the bytes written so far
 */
export function packChanges(
  output: number,
  layersBelow: readonly number[],
  onProgress: (size: number) => void = () => {},
): PackedChanges {
  const hash = new Bun.CryptoHasher("sha256");
  let size = 0;
  const gather = new Gather(PIECE_LENGTH, (bytes) => {
    hash.update(bytes);
    for (let done = 0; done < bytes.length; ) done += writeSync(output, bytes, done);
    size += bytes.length;
    onProgress(size);
  });
  let pieces = 0;
  const layer = {
    isPlaceholder: (path: string): boolean => {
      const name = `/${printable(path)}`;
      return isEngineFile(name) && !isBelow(layersBelow, name);
    },
  };
  packTree("/", { name: "", withRoot: differsFrom(layersBelow[0]), layer }, (piece) => {
    gather.write(piece);
    pieces += 1;
  });
  gather.flush();
  // The one piece of every archive is its end.
  return { digest: `sha256:${hash.digest("hex")}`, size, isEmpty: pieces === 1 };
}

/** Whether the root directory itself changed. */
function differsFrom(parent: number | undefined): boolean {
  if (parent === undefined) return true;
  const [own, former] = [lstatSync("/"), fstatSync(parent)];
  return own.mode !== former.mode || own.uid !== former.uid || own.gid !== former.gid;
}

/** Whether one of the layers has this path. */
export function isBelow(layers: readonly number[], path: string): boolean {
  return layers.some((layer) => {
    try {
      closeSync(openInRoot(layer, path, constants.O_NOFOLLOW | O_PATH));
      return true;
    } catch {
      return false;
    }
  });
}
