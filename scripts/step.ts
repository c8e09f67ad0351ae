// Script output: one line per step, a program's output only when it fails.

/** An expected failure: its message suffices, a stack trace would hide it. */
export class StepError extends Error {
  override readonly name = "StepError";
}

export function say(message: string): void {
  console.log(`==> ${message}`);
}

export function note(message: string): void {
  console.log(`    ${message}`);
}

/** Runs a script; a {@link StepError} becomes one line and exit code 1. */
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
  /** Standard output and standard error, interleaved. */
  output: string;
}

export interface ProgramOptions {
  env?: Record<string, string>;
  cwd?: string;
  input?: Uint8Array;
  /** Timeout in milliseconds, after which it is killed; {@link DEADLINE} by default. */
  deadline?: number;
}

/** For programs that hang. A busy machine takes many minutes for a package, and killing dpkg breaks an installation. */
const DEADLINE = 60 * 60_000;

/** Runs a program and captures its output. Exit code 127 if it does not exist. */
export async function program(argv: string[], options: ProgramOptions = {}): Promise<Finished> {
  const name = argv[0] ?? "";
  if (Bun.which(name) === null) return { code: 127, output: `${name}: not found` };
  const child = Bun.spawn(argv, {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdin: options.input ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: options.deadline ?? DEADLINE,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code: child.exitCode ?? 1, output: stdout + stderr };
}

/** Like {@link program}, but throws on failure; returns the output without its last newline. */
export async function must(argv: string[], options: ProgramOptions = {}): Promise<string> {
  const finished = await program(argv, options);
  if (finished.code !== 0) {
    throw new StepError(`\`${argv.join(" ")}\` failed with code ${finished.code}:\n${finished.output.trimEnd()}`);
  }
  return finished.output.trimEnd();
}
