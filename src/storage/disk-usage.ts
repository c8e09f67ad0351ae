// How much a directory holds, as Docker counts: the sizes of what is in it, directories themselves not counted, and
// what is behind a hard link once.
import { createInterface } from "node:readline";
import { Readable } from "node:stream";

/** Bytes of content below `path` on its own file system; 0 when it is not there. */
export async function directorySize(path: string): Promise<number> {
  const format = "%n %D:%i %s\\n";
  const child = Bun.spawn(["find", path, "-xdev", "-not", "-type", "d", "-size", "+0", "-printf", format], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const linked = new Set<string>();
  let size = 0;
  for await (const line of createInterface({ input: Readable.from(child.stdout) })) {
    const [links, identity = "", bytes] = line.split(" ");
    if (links !== "1") {
      if (linked.has(identity)) continue;
      linked.add(identity);
    }
    size += Number(bytes);
  }
  // Files may vanish while they are counted, which find complains about; what it counted stands.
  await child.exited;
  return size;
}
