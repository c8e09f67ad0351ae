// The user's terminal in raw mode, and back again however the program ends.
import { makeRaw, restoreTerminal } from "../../linux/terminal-modes.ts";

/** Puts the terminal of standard input into raw mode; what it answers with puts it back, once. */
export function enterRawMode(): () => void {
  const state = makeRaw(0);
  const restore = (): void => restoreTerminal(0, state);
  process.once("exit", restore);
  return () => {
    restore();
    process.removeListener("exit", restore);
  };
}
