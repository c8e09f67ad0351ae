// How a command fails: with a message, an exit code and, for mistakes in typing, the usage of what was typed.

/** A failure whose message is complete. An empty message fails without a word. */
export class CommandError extends Error {
  readonly exitCode: number;
  /** What to type instead or next; shown after Docker's own lines. */
  readonly advice: string | undefined;

  constructor(message: string, exitCode = 1, advice?: string) {
    super(message);
    this.exitCode = exitCode;
    this.advice = advice;
  }
}
