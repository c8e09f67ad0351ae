// Keeps the container's TTY at the size of the user's terminal.
import { windowSize } from "../../linux/terminal.ts";

const ATTEMPTS = 10;
const FIRST_DELAY_MILLISECONDS = 10;

export type Resize = (rows: number, columns: number) => Promise<void>;

async function sendSize(resize: Resize): Promise<boolean> {
  const size = windowSize(1) ?? windowSize(0);
  if (!size || (size.rows === 0 && size.columns === 0)) return true;
  try {
    await resize(size.rows, size.columns);
    return true;
  } catch {
    return false;
  }
}

/**
 * Sends the size now (with retries until the process exists) and at every change; returns a function that stops this.
 */
export function followSize(resize: Resize): () => void {
  let following = true;
  const insist = async (): Promise<void> => {
    for (let attempt = 1; attempt <= ATTEMPTS && following; attempt++) {
      if (await sendSize(resize)) return;
      await Bun.sleep(FIRST_DELAY_MILLISECONDS * attempt);
    }
  };
  const changed = (): void => {
    void sendSize(resize);
  };
  void insist();
  process.on("SIGWINCH", changed);
  return () => {
    following = false;
    process.removeListener("SIGWINCH", changed);
  };
}
