// Command errors: message, exit code and, for wrong usage, the usage text.

/** An error with a complete message. With an empty message, the command fails silently. */
export class CommandError extends Error {
  readonly exitCode: number;
  /** Output already printed, which is also searched for advice. */
  readonly said: string;

  constructor(message: string, exitCode = 1, said = "") {
    super(message);
    this.exitCode = exitCode;
    this.said = said;
  }
}
