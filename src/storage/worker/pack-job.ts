// The job "pack": what a container changed becomes the archive of a layer, in a process whose root is the changes.
import { closeSync, constants, fstatSync, lstatSync, openSync, writeSync } from "node:fs";
import { chdir } from "node:process";
import type * as v from "valibot";
import { changeRoot } from "../../linux/files.ts";
import { O_PATH, openInRoot } from "../../linux/openat2.ts";
import { Gather } from "../archive/gather.ts";
import { printable } from "../archive/names.ts";
import { packTree } from "../archive/tree.ts";
import { isEngineFile } from "../engine-files.ts";
import type { Message, packJobSchema } from "./messages.ts";

const PIECE_LENGTH = 1024 * 1024;

export async function packJob(
  { source, archive, lower }: v.InferOutput<typeof packJobSchema>,
  tell: (message: Message) => void,
): Promise<void> {
  const output = openSync(archive, "w");
  const layersBelow = lower.map((path) => openSync(path, constants.O_RDONLY | constants.O_DIRECTORY));
  changeRoot(source);
  chdir("/");
  const hash = new Bun.CryptoHasher("sha256");
  let size = 0;
  const gather = new Gather(PIECE_LENGTH, (bytes) => {
    hash.update(bytes);
    for (let done = 0; done < bytes.length; ) done += writeSync(output, bytes, done);
    size += bytes.length;
    tell({ type: "progress", done: size });
  });
  let pieces = 0;
  const layer = {
    isPlaceholder: (path: string): boolean => {
      const name = `/${printable(path)}`;
      return isEngineFile(name) && !isBelow(layersBelow, name);
    },
  };
  for (const piece of packTree("/", { name: "", withRoot: differsFrom(layersBelow[0]), layer })) {
    gather.write(piece);
    pieces += 1;
  }
  gather.flush();
  closeSync(output);
  // The one piece of every archive is its end.
  tell({ type: "packed", digest: `sha256:${hash.digest("hex")}`, size, isEmpty: pieces === 1 });
}

/** Whether the root directory itself was changed. */
function differsFrom(parent: number | undefined): boolean {
  if (parent === undefined) return true;
  const [own, former] = [lstatSync("/"), fstatSync(parent)];
  return own.mode !== former.mode || own.uid !== former.uid || own.gid !== former.gid;
}

function isBelow(layers: readonly number[], path: string): boolean {
  return layers.some((layer) => {
    try {
      closeSync(openInRoot(layer, path, constants.O_NOFOLLOW | O_PATH));
      return true;
    } catch {
      return false;
    }
  });
}
