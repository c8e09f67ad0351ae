// Shows what the client is waiting for and for how long, for operations without progress. Silent without a terminal and
// for short waits.
import type { Output } from "./output.ts";

const REDRAW_MILLISECONDS = 1000;
const CLEAR_LINE = "\r\x1b[K";

/** Settles as `work` does. */
export async function whileWaiting<T>(
  out: Pick<Output, "isTerminal" | "write">,
  label: string,
  work: Promise<T>,
): Promise<T> {
  if (!out.isTerminal) return work;
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += REDRAW_MILLISECONDS / 1000;
    void out.write(`${CLEAR_LINE}${label}  ${seconds}s`);
  }, REDRAW_MILLISECONDS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (seconds > 0) await out.write(CLEAR_LINE);
  }
}
