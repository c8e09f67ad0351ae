// Termination signals exit through `process.exit`, so that exit handlers restore the terminal's mode and remove partial
// files and sockets.

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

let kept = 0;

/** From now on, these signals run the `process.on("exit")` handlers and set the exit code accordingly. */
export function endOnSignals(): void {
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      if (kept === 0) process.exit(code);
    });
  }
}

/** Lets a caller handle the signals until it calls the returned function. */
export function keepSignals(): () => void {
  kept++;
  return () => {
    kept--;
  };
}
