// The size of a layer's files in bytes: holes count, hard links count once.
import { lstatSync, readdirSync } from "node:fs";

export function sizeOfFiles(root: string): number {
  const linked = new Set<string>();
  const below = (directory: Buffer): number =>
    readdirSync(directory, { encoding: "buffer" }).reduce((sum, name) => {
      const path = Buffer.concat([directory, SLASH, name]);
      const status = lstatSync(path, { bigint: true });
      if (status.isDirectory()) return sum + below(path);
      if (!status.isFile() && !status.isSymbolicLink()) return sum;
      const identity = `${status.dev}:${status.ino}`;
      if (status.nlink > 1n && linked.has(identity)) return sum;
      linked.add(identity);
      return sum + Number(status.size);
    }, 0);
  return below(Buffer.from(root));
}

const SLASH = Buffer.from("/");
