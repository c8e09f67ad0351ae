// Reopening the monitor's log file, for both kinds of storage.
import { existsSync, statSync } from "node:fs";
import { reopenLog } from "../../../runtime/terminal-control.ts";

const REOPEN_DEADLINE_MILLISECONDS = 5_000;

export const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/**
 * Asks the monitor to reopen its log after the old file was renamed; it then writes nothing more to the old file.
 * @throws Error when it does not
 */
export async function reopenMonitorFile(path: string, bundle: string, isRunning: () => boolean): Promise<void> {
  const isReopening = await reopenLog(bundle);
  if (!isReopening && isRunning()) throw new Error("failed to ask the monitor to reopen its log");
  await monitorFileAppears(path, isRunning);
}

/**
 * Waits until the monitor has reopened its log, before which it closes the old file, or until the run ends: a monitor
 * whose process has exited does not reopen its log.
 * @throws Error on a timeout
 */
export async function monitorFileAppears(path: string, isRunning: () => boolean): Promise<void> {
  const deadline = Date.now() + REOPEN_DEADLINE_MILLISECONDS;
  while (isRunning() && !existsSync(path)) {
    if (Date.now() > deadline) throw new Error("timed out waiting for the monitor to reopen its log");
    await Bun.sleep(1);
  }
}
