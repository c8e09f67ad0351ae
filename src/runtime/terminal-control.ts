// conmon's control pipes: how a running process's terminal is resized and its log reopened. Source: conmon's ctrl.c.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { isErrno } from "../linux/errno.ts";
import { unreadBytes } from "../linux/pipes.ts";
import { controlPath, windowSizePath } from "./conmon.ts";

const REOPEN_LOG = 2;
/** conmon refuses larger windows. */
const LARGEST_SIZE = 1000;
/** How long to wait for a monitor to read what was written before. */
const PATIENCE_MILLISECONDS = 1_000;

/**
 * conmon reads everything that waits in a pipe at once, and takes the first line for each of the lines: so a message is
 * written when the one before it has been read.
 * @returns false when there is no monitor (any more) to take the message
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

/** Sizes are characters. */
export function resizeTerminal(bundle: string, height: number, width: number): Promise<boolean> {
  return send(windowSizePath(bundle), `${Math.min(height, LARGEST_SIZE)} ${Math.min(width, LARGEST_SIZE)}\n`);
}

/** Tells the monitor to go on in a new log file, after the old one was renamed. */
export function reopenLog(bundle: string): Promise<boolean> {
  return send(controlPath(bundle), `${REOPEN_LOG} 0 0\n`);
}
