// How the scripts speak: one line for each thing they do, the details of a program only when it fails.

/** A script's expected failure: its message is all the user needs, a stack would only hide it. */
export class StepError extends Error {
  override readonly name = "StepError";
}

export function say(message: string): void {
  console.log(`==> ${message}`);
}

export function note(message: string): void {
  console.log(`    ${message}`);
}

/** Runs a script's body; a {@link StepError} becomes one line and exit code 1. */
export async function script(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (thrown) {
    if (!(thrown instanceof StepError)) throw thrown;
    console.error(`berth: ${thrown.message}`);
    process.exit(1);
  }
}

export interface Finished {
  code: number;
  /** Standard output and standard error as they came. */
  output: string;
}

export interface ProgramOptions {
  env?: Record<string, string>;
  cwd?: string;
  input?: Uint8Array;
  /** Milliseconds until it is killed. */
  deadline?: number;
}

/** Runs a program quietly and collects what it prints. A program that is not there has code 127. */
export async function program(argv: string[], options: ProgramOptions = {}): Promise<Finished> {
  const name = argv[0] ?? "";
  if (Bun.which(name) === null) return { code: 127, output: `${name}: not found` };
  const child = Bun.spawn(argv, {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdin: options.input ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: options.deadline ?? 600_000,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code: child.exitCode ?? 1, output: stdout + stderr };
}

/** As {@link program}, for steps that must succeed; gives the output without its last newline. */
export async function must(argv: string[], options: ProgramOptions = {}): Promise<string> {
  const finished = await program(argv, options);
  if (finished.code !== 0) {
    throw new StepError(`\`${argv.join(" ")}\` failed with code ${finished.code}:\n${finished.output.trimEnd()}`);
  }
  return finished.output.trimEnd();
}
