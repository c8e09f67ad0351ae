// The user's terminal in raw mode, and back again however the program ends.
import { makeRaw, restoreTerminal } from "../../linux/terminal-modes.ts";

const ENDINGS = ["SIGTERM", "SIGHUP", "SIGQUIT"] as const;
const EXIT_CODES = { SIGTERM: 143, SIGHUP: 129, SIGQUIT: 131 } as const;

/** Puts the terminal of standard input into raw mode; what it answers with puts it back, once. */
export function enterRawMode(): () => void {
  const state = makeRaw(0);
  const restore = (): void => restoreTerminal(0, state);
  process.once("exit", restore);
  const end = (signal: NodeJS.Signals): void => {
    restore();
    for (const [name, code] of Object.entries(EXIT_CODES)) if (name === signal) process.exit(code);
  };
  for (const signal of ENDINGS) process.once(signal, end);
  return () => {
    restore();
    process.removeListener("exit", restore);
    for (const signal of ENDINGS) process.removeListener(signal, end);
  };
}
