// Forwards signals received by this program to a container.
import { keepSignals } from "./ending.ts";

/** All signals except those that cannot be caught, that report faults, or that do not concern a container. */
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

/** Calls `kill` with each signal's name without "SIG"; returns a function that stops this. */
export function proxySignals(kill: (signal: string) => Promise<void>): () => void {
  const forward = (signal: NodeJS.Signals): void => {
    // The container may just have exited; its exit code is reported separately.
    kill(signal.slice("SIG".length)).catch(() => {});
  };
  const release = keepSignals();
  for (const signal of FORWARDED) process.on(signal, forward);
  return () => {
    release();
    for (const signal of FORWARDED) process.removeListener(signal, forward);
  };
}
