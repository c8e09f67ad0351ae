// conmon's control pipes: resize the terminal and reopen the log of a running process. Source: conmon's ctrl.c.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { isErrno } from "../linux/errno.ts";
import { unreadBytes } from "../linux/pipes.ts";
import { controlPath, windowSizePath } from "./conmon.ts";

const REOPEN_LOG = 2;
/** conmon refuses larger windows. */
const MAX_SIZE = 1000;
/** How long to wait for the monitor to read the previous message. */
const PATIENCE_MILLISECONDS = 1_000;

/**
 * Writes a message once the previous one has been read: conmon reads all waiting messages at once and repeats the first.
 * @returns false when there is no monitor, or no longer
 */
async function send(pipe: string, message: string): Promise<boolean> {
  try {
    const descriptor = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      const end = Date.now() + PATIENCE_MILLISECONDS;
      while (unreadBytes(descriptor) > 0 && Date.now() < end) await Bun.sleep(1);
      writeSync(descriptor, message);
    } finally {
      closeSync(descriptor);
    }
    return true;
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT", "ENXIO", "EAGAIN", "EPIPE")) return false;
    throw thrown;
  }
}

/** Sizes are in characters. */
export function resizeTerminal(bundle: string, height: number, width: number): Promise<boolean> {
  return send(windowSizePath(bundle), `${Math.min(height, MAX_SIZE)} ${Math.min(width, MAX_SIZE)}\n`);
}

/** Makes the monitor open a new log file, after the old one was renamed. */
export function reopenLog(bundle: string): Promise<boolean> {
  return send(controlPath(bundle), `${REOPEN_LOG} 0 0\n`);
}
