// The size of a directory as Docker computes it: the sizes of its files, hard links once, directories not counted.
import { createInterface } from "node:readline";
import { Readable } from "node:stream";

/** Enough for millions of files; an unreachable network filesystem would block without end. */
const DEADLINE_MILLISECONDS = 5 * 60_000;
const FORMAT = "%n %D:%i %s\\n";

/**
 * Total file size in bytes below `path` on its own filesystem; 0 when it does not exist.
 * @returns undefined when counting was aborted, by default after five minutes
 */
export async function directorySize(
  path: string,
  signal = AbortSignal.timeout(DEADLINE_MILLISECONDS),
): Promise<number | undefined> {
  if (signal.aborted) return undefined;
  const child = Bun.spawn(["find", path, "-xdev", "-not", "-type", "d", "-size", "+0", "-printf", FORMAT], {
    env: process.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const abort = (): void => child.kill("SIGKILL");
  signal.addEventListener("abort", abort, { once: true });
  try {
    const linked = new Set<string>();
    let size = 0;
    // A process blocked on a dead file server may survive SIGKILL, so an abort also stops reading.
    for await (const line of createInterface({ input: Readable.from(child.stdout), signal })) {
      const [links, identity = "", bytes] = line.split(" ");
      if (links !== "1") {
        if (linked.has(identity)) continue;
        linked.add(identity);
      }
      size += Number(bytes);
    }
    if (signal.aborted) return undefined;
    // find fails when files vanish meanwhile; its result is still valid.
    await child.exited;
    return size;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
