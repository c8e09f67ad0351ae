// Raw mode of the user's terminal, restored however the program ends.
import { makeRaw, restoreTerminal } from "../../linux/terminal-modes.ts";

/** Sets raw mode on standard input; the returned function restores the terminal, once. */
export function enterRawMode(): () => void {
  const state = makeRaw(0);
  const restore = (): void => restoreTerminal(0, state);
  process.once("exit", restore);
  return () => {
    restore();
    process.removeListener("exit", restore);
  };
}
