// Signals that end the program. They end it by its exit, so that what must be put back on the way out (the terminal's
// mode, half-written files, sockets) is put back.

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

let kept = 0;

/** From now on these signals run what `process.on("exit")` has, and the exit code tells which one it was. */
export function endOnSignals(): void {
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      if (kept === 0) process.exit(code);
    });
  }
}

/** Someone else has a use for the signals until it calls what this answers with. */
export function keepSignals(): () => void {
  kept++;
  return () => {
    kept--;
  };
}
