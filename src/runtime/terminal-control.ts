// conmon's control FIFO: how a running process's terminal is resized and its log reopened. Source: conmon's ctrl.c.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { errorCode } from "../linux/libc.ts";
import { controlPath } from "./conmon.ts";

const RESIZE = 1;
const REOPEN_LOG = 2;
/** conmon refuses larger windows. */
const LARGEST_SIZE = 1000;

/** False when there is no monitor (any more) to take the message. */
function send(bundle: string, message: string): boolean {
  try {
    const fifo = openSync(controlPath(bundle), constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      writeSync(fifo, message);
    } finally {
      closeSync(fifo);
    }
    return true;
  } catch (thrown) {
    if (["ENOENT", "ENXIO", "EAGAIN"].includes(errorCode(thrown) ?? "")) return false;
    throw thrown;
  }
}

/** Sizes are characters. */
export function resizeTerminal(bundle: string, height: number, width: number): boolean {
  return send(bundle, `${RESIZE} ${Math.min(height, LARGEST_SIZE)} ${Math.min(width, LARGEST_SIZE)}\n`);
}

/** Tells the monitor to go on in a new log file, after the old one was renamed. */
export function reopenLog(bundle: string): boolean {
  return send(bundle, `${REOPEN_LOG} 0 0\n`);
}
