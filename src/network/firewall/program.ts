// Runs the programs of firewalls on the host, with a deadline.

const DEADLINE_MILLISECONDS = 30_000;

export interface ProgramOptions {
  /** For its standard input. */
  input?: string;
  deadlineMilliseconds?: number;
}

/** @returns its output. @throws ProgramError if it fails or exceeds the deadline */
export async function runFirewallProgram(
  program: string,
  words: readonly string[],
  { input = "", deadlineMilliseconds = DEADLINE_MILLISECONDS }: ProgramOptions = {},
): Promise<string> {
  const child = Bun.spawn([program, ...words], {
    env: process.env,
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
    timeout: deadlineMilliseconds,
    killSignal: "SIGKILL",
  });
  const [output, errorOutput, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (exitCode === 0) return output;
  const reason = child.signalCode ? `no answer in ${deadlineMilliseconds / 1000} seconds` : errorOutput.trim();
  throw new ProgramError(`${program} ${words.join(" ")}`, reason);
}

export class ProgramError extends Error {
  override readonly name = "ProgramError";
  /** Its error output, or that it did not answer. */
  readonly reason: string;

  constructor(line: string, reason: string) {
    super(`${line}: ${reason}`);
    this.reason = reason;
  }
}
