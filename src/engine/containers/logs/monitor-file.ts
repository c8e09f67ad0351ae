// The file that the monitor writes, as far as both kinds of storage handle it.
import { existsSync, statSync } from "node:fs";
import { reopenLog } from "../../../runtime/terminal-control.ts";

const REOPEN_DEADLINE_MILLISECONDS = 5_000;

export const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/**
 * Has the monitor go on in a new file, after its old one was renamed; nothing more is written to the old one then.
 * @throws Error when it does not
 */
export async function reopenMonitorFile(path: string, bundle: string, isRunning: () => boolean): Promise<void> {
  const isAsked = await reopenLog(bundle);
  if (!isAsked && isRunning()) throw new Error("the monitor does not take the request to reopen its log");
  await monitorFileAppears(path, isRunning);
}

/**
 * Waits for the monitor to go on in a new file, before which it closes the old one, or for the end of the run: a monitor
 * whose process has ended does not reopen its log any more.
 * @throws Error when it does neither
 */
export async function monitorFileAppears(path: string, isRunning: () => boolean): Promise<void> {
  const deadline = Date.now() + REOPEN_DEADLINE_MILLISECONDS;
  while (isRunning() && !existsSync(path)) {
    if (Date.now() > deadline) throw new Error("the monitor does not reopen its log");
    await Bun.sleep(1);
  }
}
