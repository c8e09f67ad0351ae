// Passes the signals this program gets on to a container, as if it ran here.
import { keepSignals } from "./ending.ts";

/** All but those that cannot be caught, that the kernel sends for faults, and that mean nothing to a container. */
const FORWARDED = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGTERM",
  "SIGCONT",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGVTALRM",
  "SIGWINCH",
  "SIGIO",
  "SIGPWR",
  "SIGSYS",
] as const satisfies NodeJS.Signals[];

/** Calls `kill` with each signal's name without "SIG"; ends with what it answers. */
export function proxySignals(kill: (signal: string) => Promise<void>): () => void {
  const forward = (signal: NodeJS.Signals): void => {
    // A container that has just ended cannot take it; its exit code comes on its own.
    kill(signal.slice("SIG".length)).catch(() => {});
  };
  const release = keepSignals();
  for (const signal of FORWARDED) process.on(signal, forward);
  return () => {
    release();
    for (const signal of FORWARDED) process.removeListener(signal, forward);
  };
}
