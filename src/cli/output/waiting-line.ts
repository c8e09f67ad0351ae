// A line that says what is waited for and how long already, for work of the engine that tells nothing on its way.
// Silent where nobody watches, and while it is not worth a line.
import type { Output } from "./output.ts";

const REDRAW_MILLISECONDS = 1000;
const CLEAR_LINE = "\r\x1b[K";

/** Answers with what the work does, its failure too. */
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
