// The size of a directory as Docker counts it: the sizes of the files in it, hard links once, directories not at all.
import { createInterface } from "node:readline";
import { Readable } from "node:stream";

/** Long enough for millions of files; a network file system whose server is gone would keep its caller forever. */
const DEADLINE_MILLISECONDS = 5 * 60_000;
const FORMAT = "%n %D:%i %s\\n";

/**
 * Bytes of content below `path` on its own file system; 0 when it does not exist.
 * @returns undefined when counting was aborted, by default after five minutes
 */
export async function directorySize(
  path: string,
  signal = AbortSignal.timeout(DEADLINE_MILLISECONDS),
): Promise<number | undefined> {
  if (signal.aborted) return undefined;
  const child = Bun.spawn(["find", path, "-xdev", "-not", "-type", "d", "-size", "+0", "-printf", FORMAT], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const abort = (): void => child.kill("SIGKILL");
  signal.addEventListener("abort", abort, { once: true });
  try {
    const linked = new Set<string>();
    let size = 0;
    // A process that waits for a dead file server may outlive its SIGKILL, so an abort also ends the reading.
    for await (const line of createInterface({ input: Readable.from(child.stdout), signal })) {
      const [links, identity = "", bytes] = line.split(" ");
      if (links !== "1") {
        if (linked.has(identity)) continue;
        linked.add(identity);
      }
      size += Number(bytes);
    }
    if (signal.aborted) return undefined;
    // Files may vanish while they are counted, which makes find fail; what it counted stands.
    await child.exited;
    return size;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
