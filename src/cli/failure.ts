// How a command fails: with a message, an exit code and, for mistakes in typing, the usage of what was typed.

/** A failure whose message is complete. An empty message fails without a word. */
export class CommandError extends Error {
  readonly exitCode: number;
  /** What has been said already: advice on what to type next is found in it too. */
  readonly said: string;

  constructor(message: string, exitCode = 1, said = "") {
    super(message);
    this.exitCode = exitCode;
    this.said = said;
  }
}
