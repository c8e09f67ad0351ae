// Follows a log that is being written, across rotations.
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { WakeUp } from "../../../async/wake-up.ts";
import { watchChanges } from "../../../linux/watch.ts";
import { contentFrom, openIfThere } from "./files.ts";

/**
 * @param live the open live file, which is closed here
 * @param ended resolves when writing has ended; the rest is read before the end
 * @param signal stops immediately
 * @param moved called with the inode of each new file
 */
export async function* followLog(
  path: string,
  live: FileHandle | undefined,
  offset: number,
  ended: Promise<void>,
  signal: AbortSignal,
  moved: (inode: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  let file = live;
  let position = offset;
  let finished = false;
  const changed = new WakeUp();
  const watcher = watchChanges(dirname(path), () => changed.wake());
  const onAbort = () => changed.wake();
  signal.addEventListener("abort", onAbort);
  void ended.then(() => {
    finished = true;
    changed.wake();
  });
  try {
    while (!signal.aborted) {
      // Checked before reading: everything written until then is read below.
      const wasFinished = finished;
      const isReplaced = file === undefined || (await replaced(file, path));
      for await (const chunk of file ? contentFrom(file, position) : []) {
        position += chunk.length;
        yield chunk;
        if (signal.aborted) return;
      }
      const next = isReplaced ? await openIfThere(path) : undefined;
      if (next) {
        await file?.close();
        file = next;
        position = 0;
        moved((await next.stat()).ino);
      } else if (wasFinished) {
        return;
      } else {
        await changed.wait();
      }
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    watcher.close();
    await file?.close();
  }
}

async function replaced(file: FileHandle, path: string): Promise<boolean> {
  const current = await Bun.file(path)
    .stat()
    .catch(() => undefined);
  return current !== undefined && current.ino !== (await file.stat()).ino;
}
